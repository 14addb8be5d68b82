"""Messages go out signed as each service asks: by their published examples, and to the sandbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import sms
from app.core import db
from app.core.settings import SmsProvider, SmsSettings
from app.sms import aliyun, tencent
from app.wechat.errors import InsideTransaction
from sandbox.sms import APP_ID, KEY_ID, SECRET, SIGN, TEMPLATE

PHONE = "+8613800005678"


def account(provider: SmsProvider, base_url: str) -> SmsSettings:
    return SmsSettings(provider, base_url, KEY_ID, SECRET, SIGN, TEMPLATE, APP_ID)


@pytest.fixture(params=[SmsProvider.ALIYUN, SmsProvider.TENCENT])
def service(request, wechat_box, settings) -> SmsSettings:
    yield account(request.param, f"{wechat_box.url}/sms/{request.param}")
    sms.configure(settings.sms)


def received(wechat_box, settings: SmsSettings) -> list[tuple[str, str]]:
    lin = wechat_box.admin("POST", "/people", {"key": "sms", "phone": PHONE.removeprefix("+86")})
    told = wechat_box.admin("GET", f"/people/{lin['person_id']}/sms")["messages"]
    return [(each["service"], each["code"]) for each in told]


def test_aliyuns_own_example_has_their_signature():
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": empty,
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    image = "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
    query = aliyun.query_of({"RegionId": "cn-shanghai", "ImageId": image})

    _, signed = aliyun.signature("YourAccessKeySecret", query, headers)

    assert signed == "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


def test_tencents_own_example_has_their_signature():
    body = (
        b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    )
    secret = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"

    scope, signed = tencent.signature(secret, "cvm", "cvm.tencentcloudapi.com", 1551113065, body)

    assert scope == "2019-02-25/cvm/tc3_request"
    assert signed == "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"


def test_a_code_reaches_the_phone_by_either_service(service, wechat_box):
    before = received(wechat_box, service)
    sms.configure(service)

    sms.send(PHONE, "031882")

    assert received(wechat_box, service) == [*before, (str(service.provider), "031882")]


@pytest.mark.parametrize("wrong", [{"key_secret": "another"}, {"sign": "别家"}, {"key_id": "x"}])
def test_what_the_service_refuses_is_not_sent_and_said_so(service, wechat_box, wrong):
    before = received(wechat_box, service)
    sms.configure(replace(service, **wrong))

    with pytest.raises(sms.NotSent):
        sms.send(PHONE, "031882")

    assert received(wechat_box, service) == before


def test_a_service_that_is_not_there_is_no_crash(service):
    sms.configure(replace(service, base_url="http://127.0.0.1:9"))

    with pytest.raises(sms.NotSent):
        sms.send(PHONE, "031882")


def test_nothing_is_sent_inside_a_transaction(app, service):
    sms.configure(service)

    with db.transaction(), pytest.raises(InsideTransaction):
        sms.send(PHONE, "031882")
