"""What APIFlask cannot know of our API: who may ask, and how errors look."""

from __future__ import annotations

from typing import Any

from flask import current_app

from app.core.policy import ANYONE, MACHINE, VISITOR, Policy

Document = dict[str, Any]
PROBLEM_JSON = "application/problem+json"
PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
PROBLEM: Document = {
    "type": "object",
    "description": "RFC 9457. A program goes by `type`; `title` is Chinese and for people.",
    "required": ["type", "title", "status", "request_id"],
    "properties": {
        "type": {"type": "string", "pattern": "^/problems/[a-z0-9_]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": ["string", "null"]},
        "fields": {"type": "object", "description": "Where the input is wrong, and why"},
        "retry_after": {"type": "integer", "description": "Whole seconds"},
    },
    "example": {
        "type": "/problems/no_member",
        "title": "没有这位会员，或不在你的范围内",
        "status": 404,
        "request_id": "9f1c2ab37e",
    },
}
MACHINE_HEADERS = {
    "MachineKey": ("Huike-Key", "The key's id, `hk_…`, from the console's 接口密钥"),
    "MessageId": ("webhook-id", "New for every request, also for a retry"),
    "MessageTime": ("webhook-timestamp", "Seconds since 1970, at most five minutes from now"),
    "Signature": (
        "webhook-signature",
        "`v1,` and base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>` (standardwebhooks.com)",
    ),
}
SCHEMES: Document = {
    "CardSession": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of `POST /api/v1/session`",
    },
    **{
        scheme: {"type": "apiKey", "in": "header", "name": header, "description": words}
        for scheme, (header, words) in MACHINE_HEADERS.items()
    },
}
SECURITY: dict[str, list[Document]] = {
    ANYONE: [],
    VISITOR: [{"CardSession": []}],
    MACHINE: [{scheme: [] for scheme in MACHINE_HEADERS}],  # all of them together
}
ALWAYS = {"400": "Malformed", "413": "Over 256 KiB", "500": "Nothing was stored"}
LOCKED = {"401": "Not proved who asks", "403": "Not allowed"}


def complete(document: Document, policies: dict[str, Policy]) -> Document:
    """The document with security, names of operations and problem+json everywhere."""
    document["tags"] = _once(document.get("tags", []))
    components = document["components"]
    components["securitySchemes"] = SCHEMES
    components["schemas"] |= {"Problem": PROBLEM}
    for name in ("HTTPError", "ValidationError"):
        components["schemas"].pop(name, None)
    for operation, endpoint in _operations(document):
        operation["operationId"] = endpoint.replace(".", "_")
        operation["security"] = SECURITY[_who(policies[endpoint])]
        operation["responses"] |= _problems(operation)
    return document


def _operations(document: Document) -> list[tuple[Document, str]]:
    """Each with its endpoint, by address and method."""
    endpoints = {
        (_template(rule.rule), method.lower()): rule.endpoint
        for rule in current_app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    return [
        (operation, endpoints[path, method])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if (path, method) in endpoints
    ]


def _template(rule: str) -> str:
    return rule.replace("<", "{").replace(">", "}")


def _who(policy: Policy) -> str:
    return next(iter(policy.roles))


def _problems(operation: Document) -> Document:
    """What it says of itself, what every operation may answer, and what a lock adds."""
    told = {status: each["description"] for status, each in operation["responses"].items()}
    failing = {status: words for status, words in told.items() if status >= "4"}
    locks = LOCKED if operation["security"] else {}
    return {
        status: {"description": words, "content": {PROBLEM_JSON: {"schema": PROBLEM_REF}}}
        for status, words in (ALWAYS | locks | failing).items()
    }


def _once(tags: list[Document]) -> list[Document]:
    return list({tag["name"]: tag for tag in tags}.values())
