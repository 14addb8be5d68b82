"""Coupons: issued within their stock, used within their uses, each step kept."""

from app.coupons.refusals import NoBatch, Reason, Refused, refused
from app.coupons.service.claims import (
    batch_of_link,
    claim,
    claim_together,
    give_by_guide,
    issue,
)
from app.coupons.service.codes import (
    MoreThanThereAre,
    by_code,
    claim_code,
    code_of,
    print_codes,
    unused,
)
from app.coupons.service.issuing import Answer, Ask, issue_many
from app.coupons.service.making import (
    FewerThanGiven,
    add_batch,
    add_campaign,
    batches,
    fill_pack,
    held_batch,
    open_claims,
    resume,
    revoke_batch,
    set_budget,
    set_stock,
    stop,
)
from app.coupons.service.offers import Offer, offer
from app.coupons.service.opening import NoSuchParts, Opening, change, open_batch
from app.coupons.service.packs import deliver, open_pack, take_back_pack
from app.coupons.service.revoking import revoke
from app.coupons.service.settling import (
    give_back,
    name_order,
    refund_part,
    settle,
    stands,
    undo,
    void,
)
from app.coupons.service.shelves import stock_samples
from app.coupons.service.taking import hand_sample, redeem, reserve

__all__ = [
    "Answer",
    "Ask",
    "FewerThanGiven",
    "MoreThanThereAre",
    "NoBatch",
    "NoSuchParts",
    "Offer",
    "Opening",
    "Reason",
    "Refused",
    "add_batch",
    "add_campaign",
    "batch_of_link",
    "batches",
    "by_code",
    "change",
    "claim",
    "claim_code",
    "claim_together",
    "code_of",
    "deliver",
    "fill_pack",
    "give_back",
    "give_by_guide",
    "hand_sample",
    "held_batch",
    "issue",
    "issue_many",
    "name_order",
    "offer",
    "open_batch",
    "open_claims",
    "open_pack",
    "print_codes",
    "redeem",
    "refund_part",
    "refused",
    "reserve",
    "resume",
    "revoke",
    "revoke_batch",
    "set_budget",
    "set_stock",
    "settle",
    "stands",
    "stock_samples",
    "stop",
    "take_back_pack",
    "undo",
    "unused",
    "void",
]
