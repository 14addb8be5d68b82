"""What becomes of the pushes a person was sent."""

from app.core.privacy import Fate, Rule, of_fans
from app.pushes.models import Delivery, MassCount

COUNTS = "个保法第四条：去掉身份以后只是推送的计数，报告的人数要加得起来"

RULES = (
    Rule(
        Delivery,
        "推送",
        of_fans(Delivery),
        Fate.KEPT,
        COUNTS,
        columns={"run_id": "推送编号", "state": "结果", "reason": "没发的原因"},
    ),
    Rule(
        MassCount,
        "每月收到几条群发",
        of_fans(MassCount),
        Fate.KEPT,
        COUNTS,
        columns={"month": "月份", "count": "条数"},
    ),
)
NOT_OF_PEOPLE = ("pushes", "push_runs", "push_batches")
