"""What stands in the audit, in Chinese: acts, things, and who did it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.core.audit import AuditRow

ACTS: Mapping[str, str] = {
    "api_key.made": "生成接口密钥",
    "api_key.revoked": "停用接口密钥",
    "api_key.rotated": "更换接口密钥",
    "audit.read": "查看审计",
    "complaint.answered": "处理投诉",
    "complaint.recorded": "记投诉",
    "complaint.undone": "撤销投诉上的一步",
    "complaint.withdrawn": "投诉记错了",
    "consent_text.published": "发布同意书",
    "contest.closed": "封榜",
    "contest.started": "开始 PK",
    "coupon.batch_changed": "改券的库存或限制",
    "coupon.batch_made": "建券",
    "coupon.batch_resumed": "恢复发券",
    "coupon.batch_revoked": "作废整批券",
    "coupon.batch_stopped": "停止发券",
    "coupon.budget_set": "改券的预算",
    "coupon.codes_printed": "印一次性券码",
    "coupon.grant_stopped": "停止群发券",
    "coupon.granted": "群发券",
    "coupon.revoked": "作废一张券",
    "coupon.stock_set": "改券的库存",
    "credit.rule_published": "发布业绩规则",
    "dead_letters.replayed": "重放死信",
    "earning.published": "发布积分规则",
    "points.policy_changed": "改了积分怎么用",
    "coupon.days_extended": "延长券的有效期",
    "erasure.asked": "申请注销",
    "erasure.due": "微信账号注销",
    "erasure.taken_back": "撤回注销",
    "export.asked": "申请导出",
    "export.made": "导出做好",
    "export.refused": "导出没有做",
    "export.taken": "下载导出",
    "fan.bound": "把微信认给会员",
    "inbox.opened": "解密查看消息",
    "member.corrected": "更正资料",
    "member.exported": "导出个人信息",
    "member.looked_up": "接口查找会员",
    "product.listed": "认下不认识的商品",
    "till_conflict.seen": "看过断网时的重复",
    "members.merged": "合并会员",
    "owners.moved": "换专属导购",
    "owners.move_undone": "撤销换导购",
    "owners.cover_set": "安排代班",
    "owners.cover_ended": "提前结束代班",
    "owners.rule_published": "发布归属规则",
    "members.unmerged": "撤销合并",
    "person.erased": "抹去个人信息",
    "person.erased_again": "再次抹去个人信息",
    "phone.revealed": "查看手机号",
    "phone.withdrawn": "撤回手机号",
    "privacy.changed": "改隐私设置",
    "push.approval_asked": "交推送批准",
    "push.approved": "批准推送",
    "push.held": "推送人数变多，等批准",
    "push.limit_changed": "改推送的批准人数",
    "push.paused": "暂停推送",
    "push.scheduled": "定时推送",
    "push.stopped": "停止推送",
    "script.switched_off": "停用话术",
    "script.switched_on": "启用话术",
    "script.written": "写话术",
    "staff.added": "添加员工",
    "staff.changed": "改员工的角色或门店",
    "staff.codes_off": "关掉手机验证码",
    "staff.codes_on": "打开手机验证码",
    "staff.codes_optional": "不再要求手机验证码",
    "staff.codes_required": "要求手机验证码",
    "staff.disabled": "停用员工",
    "staff.enabled": "恢复员工",
    "staff.password_changed": "改密码",
    "staff.password_reset": "重设密码",
    "staff.wechat_bound": "绑定登录微信",
    "staff.wechat_unbound": "解绑登录微信",
    "staff.wecom_bound": "绑定企业微信",
    "staff.wecom_unbound": "解绑企业微信",
    "benefits.joining_gifts_chosen": "改入会礼",
    "wecom.welcome_written": "改企业微信欢迎语",
    "tasks.policy_changed": "改导购任务的数量",
    "tasks.rule_written": "改任务规则",
    "tasks.sent": "派导购任务",
    "tasks.sent_one": "给一位会员派任务",
    "tasks.stopped": "停止派任务",
    "tier.grant_ended": "收回手动等级",
    "tier.granted": "手动定级",
    "tiers.changed": "改等级",
    "twins.different": "判断不是同一人",
    "withdrawal.settled": "处理撤回",
}
THINGS: Mapping[str, str] = {
    "api_key": "接口密钥",
    "product": "商品",
    "till_conflict": "收银重复",
    "audit": "审计",
    "batch": "券批次",
    "brand": "品牌",
    "campaign": "券活动",
    "complaint": "投诉",
    "coupon": "券",
    "contest": "PK",
    "credit_rule": "业绩规则",
    "owner_rule": "归属规则",
    "cover": "代班",
    "earning_book": "积分规则",
    "erasure": "注销",
    "export": "导出",
    "fan": "粉丝",
    "inbox": "消息",
    "member": "会员",
    "nobody": "没有找到人",
    "push": "推送",
    "run": "发送",
    "script": "话术",
    "staff": "员工",
    "store": "门店",
    "task_batch": "派任务",
    "task_rule": "任务规则",
    "withdrawal": "撤回",
}
PLACES: Mapping[str, str] = {"staff": "控制台", "api_key": "接口", "wechat": "微信"}
ACTORS: Mapping[str, str] = {"wechat": "微信", "huike": "系统"}
SYSTEM = "系统"


def act(name: str) -> str:
    """What was done; a new act's own name until it has a word."""
    return ACTS.get(name, name)


def subject(name: str) -> str:
    """`member:12` as `会员 12`."""
    thing, _, number = name.partition(":")
    return f"{THINGS.get(thing, thing)} {number}".strip()


def actor(name: str, people: Mapping[str, str]) -> str:
    """Who did it: `people` names the staff by `staff:<id>` and the machines by `api_key:<id>`."""
    return people.get(name) or ACTORS.get(name) or subject(name)


def place(name: str) -> str:
    """From where it was done."""
    return PLACES.get(name.partition(":")[0], SYSTEM)


def detail(row: AuditRow) -> str:
    """What was written beside it, flat."""
    return " · ".join(_flat(row.detail))


def _flat(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sorted(values.items()):
        if isinstance(value, Mapping):
            yield from _flat(value)
        elif isinstance(value, list):
            yield f"{name} {'、'.join(map(str, value))}"
        else:
            yield f"{name} {value}"
