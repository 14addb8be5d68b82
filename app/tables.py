"""All tables, for Alembic and for `create_app`: importing this makes the metadata whole."""

from app.benefits import models as benefits
from app.brands import models as brands
from app.calls import models as calls
from app.catalog import models as catalog
from app.complaints import models as complaints
from app.contests import models as contests
from app.core import audit, events, idempotency, inbox, pulse, ratelimit
from app.core.db import Model
from app.coupons import models as coupons
from app.credit import models as credit
from app.exports import models as exports
from app.imports import models as imports
from app.insights import models as insights
from app.journeys import models as journeys
from app.members import models as members
from app.orders import models as orders
from app.owners import models as owners
from app.points import models as points
from app.pos import models as pos
from app.pushes import models as pushes
from app.staff import models as staff
from app.stores import models as stores
from app.tasks import models as tasks
from app.visits import models as visits
from app.wechat import models as wechat

metadata = Model.metadata
__all__ = [
    "audit", "benefits", "brands", "calls", "catalog", "complaints", "contests", "coupons",
    "credit", "events", "exports", "idempotency", "imports", "inbox", "insights", "journeys",
    "members", "metadata", "orders", "owners", "points", "pos", "pulse", "pushes", "ratelimit",
    "staff", "stores", "tasks", "visits", "wechat",
]  # fmt: skip
