"""What becomes of calls to a person: that somebody called stays a count, no number is in it."""

from app.calls.models import MemberCall
from app.core.privacy import Fate, Rule, of_member

RULES = (
    Rule(
        MemberCall,
        "导购打给您的电话",
        of_member(MemberCall),
        Fate.KEPT,
        "个保法第四条：去掉身份以后只是导购打了几个电话的计数，不再对应任何人",
        columns={"at": "时间", "store_id": "门店编号", "state": "结果"},
    ),
)
NOT_OF_PEOPLE: tuple[str, ...] = ()
