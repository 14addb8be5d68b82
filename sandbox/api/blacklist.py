"""/cgi-bin/tags/members/*blacklist: fans to whom nothing may be sent."""

from typing import Any

from sandbox.api.blueprint import bp
from sandbox.api.calls import body, followers_of, openid_list, service_caller
from sandbox.api.tags import OK
from sandbox.api.users import page, place_of
from sandbox.box import the_box
from sandbox.limits import limit

COUNTED = "SELECT count(*) FROM fans WHERE appid = ? AND blacklisted"
PAGE = """
SELECT openid FROM fans WHERE appid = ? AND blacklisted AND rowid > ? ORDER BY rowid LIMIT ?"""


@bp.post("/cgi-bin/tags/members/getblacklist")
def list_blacklist() -> dict[str, Any]:
    """A page of it after `begin_openid`."""
    account = service_caller()
    box = the_box()
    after = place_of(box, account, body().get("begin_openid"))
    rows = box.store.rows(PAGE, account.appid, after, limit(box.store, "openids_per_page"))
    total = box.store.value(COUNTED, account.appid)
    return {"total": total, **page([row["openid"] for row in rows])}


@bp.post("/cgi-bin/tags/members/batchblacklist")
def blacklist() -> dict[str, Any]:
    """Put up to 20 followers on it."""
    return _set(True)


@bp.post("/cgi-bin/tags/members/batchunblacklist")
def unblacklist() -> dict[str, Any]:
    """Take up to 20 off."""
    return _set(False)


def _set(is_listed: bool) -> dict[str, Any]:
    account = service_caller()
    openids = openid_list(body().get("openid_list"), "openids_per_blacklisting")
    change = "UPDATE fans SET blacklisted = ? WHERE openid = ?"
    with the_box().store.writing() as connection:
        found = followers_of(account, openids)
        connection.executemany(change, [(is_listed, openid) for openid in found])
    return OK
