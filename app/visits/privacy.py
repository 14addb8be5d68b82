"""What becomes of a person's visits."""

from app.core.privacy import Fate, Rule, of_fans
from app.visits.models import Visit

COUNTS = "个保法第四条：去掉身份以后只是门店的到店计数，不再对应任何人"

RULES = (
    Rule(
        Visit,
        "到店",
        of_fans(Visit),
        Fate.KEPT,
        COUNTS,
        columns={
            "scanned_at": "时间",
            "store_id": "门店编号",
            "kind": "当时的身份",
            "outcome": "结果",
        },
    ),
)
NOT_OF_PEOPLE = ()
