"""Service notices by template: written down as due, sent by the bulk worker, at most once.

What a notice is about is the writer's business; here it is only told to one fan. Marketing may
not travel this way: WeChat forbids it.
"""

from app.wechat.notices.ledger import expire, is_any_due, on_finished, write
from app.wechat.notices.sending import work

__all__ = ["expire", "is_any_due", "on_finished", "work", "write"]
