"""Card events (卡券, a legacy): all carry a CardId except card_pay_order."""

from sandbox.catalogue.known import Known

CARD = {"CardId": "pCARD0000000000000000000001"}
HELD = {**CARD, "UserCardCode": "0001 0002 0003"}
TAKEN = {
    "IsGiveByFriend": 0,
    "UserCardCode": "0001 0002 0003",
    "FriendUserName": "",
    "OuterId": 0,
    "OldUserCardCode": "",
    "OuterStr": "S0021",
    "IsRestoreMemberCard": 0,
    "IsRecommendByFriend": 0,
    "UnionId": "{unionid}",  # lower-case d, here only
}
CONSUMED = {
    "ConsumeSource": "FROM_API",
    "LocationName": "",
    "StaffOpenId": "",
    "VerifyCode": "",
    "RemarkAmount": "",
    "OuterStr": "S0021",
}
PAID = {
    "OrderId": "404091456",
    "Status": "ORDER_STATUS_FINANCE_SUCC",
    "CreateOrderTime": "{at}",
    "PayFinishTime": "0",
    "Desc": "",
    "FreeCoinCount": "200",
    "PayCoinCount": "0",
    "RefundFreeCoinCount": "0",
    "RefundPayCoinCount": "0",
    "OrderType": "ORDER_TYPE_SYS_ADD",
    "Memo": "开通账户奖励",
    "ReceiptInfo": "",
}
GIFT = {"IsReturnBack": 0, "FriendUserName": "", "IsChatRoom": 0}
SENDER = "oCARDPLATFORM00000000000000"

EVENTS = {
    "card_pass_check": Known({**CARD, "RefuseReason": ""}, sender=SENDER),
    "card_not_pass_check": Known({**CARD, "RefuseReason": "商户未认证"}, sender=SENDER),
    "user_get_card": Known({**CARD, **TAKEN}),
    "user_gifting_card": Known({**HELD, **GIFT}),
    "user_del_card": Known(HELD),
    "user_consume_card": Known({**HELD, **CONSUMED}),
    "user_pay_from_pay_cell": Known(
        {**HELD, "TransId": "10022403432015000000000", "LocationId": 291710000,
         "Fee": "10000", "OriginalFee": "10000"}
    ),
    "user_view_card": Known({**HELD, "OuterStr": "S0021"}),
    "user_enter_session_from_card": Known(HELD),
    "update_member_card": Known({**HELD, "ModifyBonus": 3, "ModifyBalance": 0}),
    "submit_membercard_user_info": Known(HELD),
    "card_sku_remind": Known({**CARD, "Detail": "the stock is below 100"}, sender=SENDER),
    "card_pay_order": Known(PAID, sender=SENDER),
}  # fmt: skip
