"""The member agreement she is shown. A consent names the version of the text it was given to."""

from app.members import service as members

VERSION = members.TEXT_VERSION
TITLE = "会员协议"
PARAGRAPHS = (
    "入会免费。积分、等级和券按门店当时公布的规则计算，规则变动会提前告诉您。",
    "我们用手机号认出您，用购买记录算积分和等级、办退换货，不会因此给别人看您的手机号。",
    "营销消息只在您另外勾选后才发，每月最多 4 条，随时可以关，关了不影响会员权益。",
    "您随时可以查看、更正、下载自己的信息，或注销会员；法律要求保留的票据除外。",
)
