"""会员: find one, or page through those of one's stores. No whole name and no whole phone."""

from __future__ import annotations

from collections.abc import Mapping

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.console.access import actor, everybody, pages
from app.core import asked, audit
from app.members import queries as members
from app.members.models import Member
from app.members.service import search
from app.points import queries as points
from app.single_view import listing, scope
from app.single_view.listing import STATE_WORDS, Asked, Sort, State
from app.stores import queries as stores

SORT_WORDS = {Sort.JOINED: "最近入会", Sort.SPENT: "累计消费"}
WHOLE_PHONE = search.WHOLE_PHONE


@pages.get("/members")
@everybody
def members_list() -> ResponseReturnValue:
    """A page of the list. Its filters stand in the address: none of them is about a person."""
    wanted = _asked()
    page = listing.page(wanted, actor().store_ids)
    return render_template(
        "console/members/list.html",
        page=page,
        asked=wanted,
        total=listing.count(actor().store_ids),
        twins=members.open_twin_count(),
        **_choices(),
    )


@pages.post("/members/search")
@everybody
def members_search() -> ResponseReturnValue:
    """Who is meant by a phone's end, a number or a name: posted, so that no address holds it."""
    words = request.form.get("words", "")[: search.LONGEST_QUERY]
    hits = search.search(words, scope.within(actor().store_ids))
    _audit_whole_phone(words, hits)
    found = render_template(
        "console/members/found.html",
        words=words,
        lines=listing.lines(hits),
        most=search.MOST_HITS,
        state_words=STATE_WORDS,
    )
    response = make_response(found)
    response.headers["Cache-Control"] = "no-store"
    return response


def _audit_whole_phone(words: str, hits: list[Member]) -> None:
    """Whoever looks a whole number up has it already; who that was is kept all the same."""
    digits = sum(each.isdigit() for each in words)
    if digits >= WHOLE_PHONE and hits:
        audit.record("phone.looked_up", actor=actor().audit_name, subject=f"member:{hits[0].id}")


def _asked() -> Asked:
    sort, state = asked.one_of("sort", list(Sort)), asked.one_of("state", list(State))
    return Asked(
        sort=Sort(sort or Sort.JOINED),
        tier_id=asked.number("tier"),
        store_id=asked.number("store"),
        guide_id=asked.number("guide"),
        state=State(state) if state else None,
        after=request.args.get("after", ""),
    )


def _choices() -> Mapping[str, object]:
    mine = actor().may_see_store
    return {
        "tiers": {each.id: each.name for each in points.ladder()},
        "stores": {
            each.id: each.name for _, found in stores.tree() for each in found if mine(each.id)
        },
        "guides": listing.guides(actor().store_ids),
        "state_words": STATE_WORDS,
        "sort_words": SORT_WORDS,
    }
