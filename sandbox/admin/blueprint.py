"""The shape of the admin API: JSON in, JSON out, `{"error": …}` when it cannot be done."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from sandbox import accounts, people
from sandbox.accounts import Account
from sandbox.box import the_box
from sandbox.people import Fan, Person

bp = Blueprint("admin", __name__, url_prefix="/sandbox/api")


class CannotDo(Exception):
    """An admin call that makes no sense; the text says what to change."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


@bp.app_errorhandler(CannotDo)
def cannot_do(error: CannotDo) -> tuple[Response, int]:
    """4xx with the reason."""
    return jsonify({"error": str(error)}), error.status


@bp.errorhandler(HTTPException)
def http_error(error: HTTPException) -> tuple[Response, int]:
    """Keep the admin API's own shape for Flask's errors."""
    return jsonify({"error": error.description}), error.code or 500


def body() -> dict[str, Any]:
    """The JSON object of the call; an empty body is an empty object."""
    given = request.get_json(force=True, silent=True) if request.get_data() else {}
    if not isinstance(given, dict):
        raise CannotDo("send a JSON object")
    return given


def text(given: dict[str, Any], name: str) -> str:
    """A field that must be a non-empty string."""
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise CannotDo(f"{name}: a non-empty string is needed")
    return value


def number(given: dict[str, Any], name: str, default: float) -> float:
    """A field that must be a number, with its default."""
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CannotDo(f"{name}: a number is needed")
    return value


def whole(name: str, default: int) -> int:
    """A whole number from the query."""
    value = request.args.get(name, str(default))
    if not value.lstrip("-").isdecimal():
        raise CannotDo(f"{name}: a whole number is needed")
    return int(value)


def the_person(person_id: str) -> Person:
    """The person of the address, or 404."""
    person = people.find(the_box().store, person_id)
    if person is None:
        raise CannotDo("there is no such person; POST /sandbox/api/people makes one", 404)
    return person


def the_account(given: dict[str, Any]) -> Account:
    """The account of the body's appid, or 404."""
    account = accounts.find(the_box().store, text(given, "appid"))
    if account is None:
        raise CannotDo("there is no such account; PUT /sandbox/api/accounts/<appid> first", 404)
    return account


def the_fan(person: Person, account: Account) -> Fan:
    """The person as that account sees her."""
    fan = people.fan_of(the_box().store, person.person_id, account.appid)
    if fan is None:
        raise CannotDo("the person is not known to this account", 404)
    return fan
