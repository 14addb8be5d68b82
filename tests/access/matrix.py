"""Every route × every role × every kind of id, asked and compared. Routes are found by themselves.

For a role that the route's policy refuses, the answer is a refusal whatever the id. For one it
admits, an id outside her scope answers as an id that never was: same status, same body.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient
from sqlalchemy import Connection
from werkzeug.routing import Rule

from app.core.policy import ANYONE, MACHINE, VISITOR, Scope
from app.core.web import App
from app.staff.models import ALL_STORES, Face, Role
from tests.access.town import EXAMPLES, FORMS, NEVER, WORDS, Place

STAFF = tuple(Role)
WHO = (ANYONE, VISITOR, *STAFF)
MALFORMED = ("-1", "abc", "0", "9" * 30, "1.5", "١", "1 OR 1=1", "%00", "..%2f1", "１２")
NAMES_IN_QUERIES = ("store", "after", "cursor", "limit", "sort", "given", "run", "like")
CHANGING = re.compile(
    r'csrf_token" value="[^"]*|X-CSRFToken": "[^"]*|编号 \w+|"request_id": *"\w+"|\d\d:\d\d'
)
NOT_HERS = 401, 403
REFUSED_AS_A_WHOLE = 400, 422  # what was sent is wrong before anybody looks up whose it is


class Unfilled(Exception):
    """A route has a parameter that nobody told the matrix how to fill."""


@dataclass(frozen=True)
class Answer:
    """What may be compared: the body without what changes from one request to the next."""

    status: int
    body: str


@dataclass(frozen=True)
class Fault:
    """One place where the matrix is not as it should be."""

    case: str
    route: str
    who: str
    what: str


@dataclass
class Matrix:
    """`undo` surrounds each request, so that no case sees what another has changed."""

    app: App
    places: Sequence[Place]
    undo: Callable[[], AbstractContextManager[Any]] = nullcontext
    cases: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    routes: set[str] = field(default_factory=set)
    _clients: dict[tuple[str, str], FlaskClient] = field(default_factory=dict)
    _found: set[str] = field(default_factory=set)

    def walk(self, home: Place, *, malformed: Sequence[str] = MALFORMED, skip: set[str]) -> None:
        """All routes, for everybody who works or shops at this place."""
        for rule in sorted(self.app.url_map.iter_rules(), key=str):
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                if rule.endpoint not in skip:
                    self._try(home, rule, method, malformed)

    def never_found(self) -> set[str]:
        """Routes whose own id nobody has found: their examples prove nothing."""
        return {name for name in self.routes if "<" in name and not _is_fixed(name)} - self._found

    def _try(self, home: Place, rule: Rule, method: str, malformed: Sequence[str]) -> None:
        name, policy = f"{method} {rule.rule}", self.app.policies[rule.endpoint]
        self.routes.add(name)
        given = filled(rule, home)
        for who in WHO:
            own = self._ask(home, who, rule, method, given)
            if policy.admits(who) or who == MACHINE:
                self._check_admitted(home, who, rule, method, given, own, malformed)
            else:
                self._check_refused(home, who, rule, method, given, own)

    def _check_refused(
        self, home: Place, who: str, rule: Rule, method: str, given: dict[str, Any], own: Answer
    ) -> None:
        """Refused before anything is looked up: the same words for every id."""
        is_login = own.status == 302 and "/login" in own.body
        self._expect("own", name_of(rule, method), who, is_login or own.status in NOT_HERS, own)
        for name in names_of_rows(rule):
            never = self._ask(home, who, rule, method, given | {name: NEVER})
            same = never == own or (is_login and never.status == 302)
            self._expect("never", name_of(rule, method), who, same, never)

    def _check_admitted(
        self,
        home: Place,
        who: str,
        rule: Rule,
        method: str,
        given: dict[str, Any],
        own: Answer,
        malformed: Sequence[str],
    ) -> None:
        route = name_of(rule, method)
        self._expect(
            "own",
            route,
            who,
            (own.status < 500 and own.status not in NOT_HERS)
            or self.app.policies[rule.endpoint].admits(ANYONE),
            own,
        )
        if own.status != 404:
            self._found.add(route)
        for name in names_of_rows(rule):
            never = self._ask(home, who, rule, method, given | {name: NEVER})
            is_same_refusal = never == own and own.status in REFUSED_AS_A_WHOLE
            self._expect("never", route, who, never.status == 404 or is_same_refusal, never)
            for case, place in self._elsewhere(home, who, rule, name):
                foreign = self._ask(home, who, rule, method, given | {name: EXAMPLES[name](place)})
                self._expect(case, route, who, foreign == never, foreign)
            for text in malformed:
                odd = self._ask(home, who, rule, method, given | {name: text})
                self._expect("malformed", route, who, 400 <= odd.status < 500, odd)

    def _elsewhere(
        self, home: Place, who: str, rule: Rule, name: str
    ) -> Iterator[tuple[str, Place]]:
        """Places whose id of this name must not exist for her."""
        example, policy = EXAMPLES[name], self.app.policies[rule.endpoint]
        for place in self.places:
            if place.brand_number != home.brand_number:
                yield "other brand", place
            elif (
                place is not home
                and example(place) != example(home)
                and policy.scope in (Scope.STORES, Scope.SELF)
                and who not in ALL_STORES
            ):
                yield "other store", place

    def walk_queries(self, home: Place, value: str) -> set[str]:
        """Every page with every parameter that pages take, given this value; answers the pairs
        of page and parameter that refused it by its name."""
        refused = set()
        for rule in self.app.url_map.iter_rules():
            who = self._whom_it_admits(rule)
            is_page = who is not None and "GET" in rule.methods
            for name in NAMES_IN_QUERIES if is_page else ():
                found = self._ask(home, who, rule, "GET", filled(rule, home), f"?{name}={value}")
                self._expect(
                    "query", f"{name_of(rule, 'GET')}?{name}", who, found.status < 500, found
                )
                if found.status == 400 and name in found.body:
                    refused.add(f"{rule.endpoint} {name}")
        return refused

    def _whom_it_admits(self, rule: Rule) -> str | None:
        """None for a door that is open to anyone."""
        policy = self.app.policies[rule.endpoint]
        return next((who for who in WHO if who in policy.roles and who != ANYONE), None)

    def _ask(
        self,
        home: Place,
        who: str,
        rule: Rule,
        method: str,
        given: dict[str, Any],
        query: str = "",
    ) -> Answer:
        path = path_of(rule, given) + query
        client, bearer = self.client(home, who), self.bearer(home, who)
        with self.undo():
            sent = FORMS.get(rule.endpoint) if method == "POST" else None
            found = client.open(path, method=method, headers=bearer, data=sent)
        if "Set-Cookie" in found.headers:
            del self._clients[home.key, who]  # signing out, too, is undone
        location = found.headers.get("Location", "")
        body = CHANGING.sub("", found.get_data(as_text=True)) + location
        for value in given.values():
            body = body.replace(f"/{value}", "/…")
        return Answer(found.status_code, body)

    def client(self, home: Place, who: str) -> FlaskClient:
        """Her browser, signed in at both faces: which of them lets her in is the guards' part."""
        if (home.key, who) not in self._clients:
            opened = self._clients[home.key, who] = self.app.test_client()
            for face in Face if who in STAFF else ():
                opened.set_cookie(f"huike_{face}", home.desk(Role(who), face))
        return self._clients[home.key, who]

    def bearer(self, home: Place, who: str) -> dict[str, str]:
        """What a program of hers sends along."""
        return {"Authorization": f"Bearer {home.card()}"} if who == VISITOR else {}

    def _expect(self, case: str, route: str, who: str, is_right: bool, found: Answer) -> None:
        self.cases[case] += 1
        if not is_right:
            self.faults.append(Fault(case, route, who, f"{found.status} {found.body[:160]}"))


@contextmanager
def undone(connection: Connection) -> Iterator[None]:
    """Whatever is committed inside, on this one connection, has not happened afterwards.

    By hand: SQLAlchemy leaves a savepoint standing that it went back to, and thousands of them,
    one inside the other, fill the server's table of locks.
    """
    connection.exec_driver_sql("SAVEPOINT undone")
    try:
        yield
    finally:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT undone")
        connection.exec_driver_sql("RELEASE SAVEPOINT undone")


def filled(rule: Rule, home: Place) -> dict[str, Any]:
    """The rule's parameters as the place has them. Raises Unfilled."""
    given: dict[str, Any] = {}
    for name in sorted(rule.arguments):
        if name in WORDS:
            given[name] = WORDS[name]
        elif name in EXAMPLES:
            given[name] = EXAMPLES[name](home)
        else:
            raise Unfilled(
                f"{rule.rule}: add `{name}` to EXAMPLES in tests/access/town.py, with the row that"
                " it names in every store; or to WORDS if it names no row"
            )
    return given


def names_of_rows(rule: Rule) -> list[str]:
    """Its parameters that name a row."""
    return sorted(name for name in rule.arguments if name in EXAMPLES)


def name_of(rule: Rule, method: str) -> str:
    """As the reports call the route."""
    return f"{method} {rule.rule}"


def path_of(rule: Rule, given: dict[str, Any]) -> str:
    """The address; what is malformed goes in as it is, past every converter."""

    def value(found: re.Match[str]) -> str:
        return quote(str(given[found[1]]), safe="%")

    return re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", value, rule.rule)


def _is_fixed(route: str) -> bool:
    """Whether all that its address says are words of its own."""
    return set(re.findall(r"(\w+)>", route)) <= set(WORDS)
