"""接口密钥: made and shown once, changed, stopped."""

from __future__ import annotations

import re

from app.core import db
from app.core.db import session
from app.pos.models import ApiKey


def make(mei, **given):
    form = {"name": "呼叫中心", "scopes": "contacts:write", "per_minute": "60"} | given
    return mei.post("/api-keys", **form)


def test_a_secret_is_shown_once(mei, house):
    made = make(mei)
    secret = re.search(r"whsec_[\w+/=]+", made.get_data(as_text=True))[0]

    assert made.headers["Cache-Control"] == "no-store"
    page = mei.page("/api-keys")
    assert secret not in page
    assert "呼叫中心" in page
    assert "写沟通" in page


def test_what_is_missing_is_said_at_its_field_and_the_rest_stays(mei, house):
    answer = make(mei, name=" ", scopes="everything", per_minute="0")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert re.findall(r'id="wrong-(\w+)"', page) == ["name", "per_minute", "scopes"]
    assert 'value="0"' in page


def test_a_key_is_changed_with_an_overlap_and_stopped(mei, house):
    make(mei)
    with db.transaction(house.brand.id):
        key_id = session.query(ApiKey).one().id

    changed = mei.post(f"/api-keys/{key_id}/rotated").get_data(as_text=True)
    assert "whsec_" in changed
    assert "还能用" in changed
    assert "两把都能用" in mei.page("/api-keys")

    mei.post(f"/api-keys/{key_id}/revoked")
    assert "停用了" in mei.page("/api-keys")
    assert mei.post(f"/api-keys/{key_id}/rotated").status_code == 404


def test_it_is_for_administrators(lan):
    assert lan.get("/api-keys").status_code == 403
