"""The API's own description is valid, complete and true."""

from __future__ import annotations

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.apidocs.document import PROBLEM_JSON
from tests.api import fuzzing

EXAMPLES = 20


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_it_is_valid_openapi(document):
    assert document["openapi"] == "3.1.0"
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_it_holds_the_two_apis_and_no_page(document):
    assert {path.split("/")[1] for path in document["paths"]} == {"api", "open"}


def test_every_operation_says_who_may_ask(document):
    open_to_anyone = [name for name, each in operations(document) if each["security"] == []]
    machines = [each["security"] for name, each in operations(document) if "/open/" in name]

    assert open_to_anyone == ["POST /api/v1/session"]
    assert all(len(together) == 4 for [together] in machines)


def test_every_refusal_is_a_problem(document):
    wrong = [
        (name, status)
        for name, operation in operations(document)
        for status, response in operation["responses"].items()
        if status >= "4" and list(response["content"]) != [PROBLEM_JSON]
    ]

    assert wrong == []


def test_every_input_refuses_what_it_does_not_name(document):
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]
        for _, operation in operations(document)
        if "requestBody" in operation
    }

    assert bodies
    for name in bodies:
        assert document["components"]["schemas"][name]["additionalProperties"] is False, name


def test_operations_are_named_once(document):
    names = [operation["operationId"] for _, operation in operations(document)]

    assert len(names) == len(set(names))


def test_every_operation_keeps_its_word(app, house, box):
    """No 5xx, no answer that the document does not describe, nothing wrong that is taken."""
    answers = fuzzing.ask(fuzzing.proven(app, house), examples=EXAMPLES)

    asked = {name.rpartition(" ")[0] for name in answers}
    document = app.test_client().get("/openapi.json").json
    assert asked == {name for name, _ in operations(document)}


def test_an_answer_that_the_document_does_not_describe_is_noticed(app, house, box):
    """The control: a route that lies is caught by the same asking."""
    view = app.view_functions["card.show_card"]
    app.view_functions["card.show_card"] = lambda **_: ({"coupon_count": "many"}, 200)
    try:
        with pytest.raises(BaseException, match="violates schema"):
            fuzzing.ask(fuzzing.proven(app, house), examples=2)
    finally:
        app.view_functions["card.show_card"] = view


def test_the_reading_page_takes_nothing_from_elsewhere(client):
    page = client.get("/docs").get_data(as_text=True)

    assert re.findall(r'(?:src|href)="([^"]+)"', page) == [
        "data:,",
        "/docs/static/dist/swagger-ui.css",
        "/docs/static/dist/swagger-ui-bundle.js",
        "/docs/static/dist/docs.js",
        "/openapi.json",
    ]
    assert "<script>" not in page
