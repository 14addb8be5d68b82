"""Rules about the code base that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE, LONGEST_FUNCTION = 300, 40


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (ROOT / folder).rglob("*.py")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_only_the_core_commits() -> None:
    commits = re.compile(r"\.commit\(\)")
    found = [named(path) for path in sources("app") if commits.search(path.read_text())]

    assert [name for name in found if not name.startswith("app/core/")] == []


def test_no_file_is_longer_than_a_reader_bears() -> None:
    lengths = {named(p): len(p.read_text().splitlines()) for p in sources("app", "sandbox", "demo")}

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    found = [
        f"{named(path)}:{node.name}"
        for path in sources("app", "sandbox", "demo")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]

    assert found == []


def test_every_public_function_says_what_its_name_does_not() -> None:
    found = [
        f"{named(path)}:{node.name}"
        for path in sources("app")
        if path.name in ("service.py", "queries.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]

    assert found == []


def test_everything_periodic_is_a_duty_of_the_timekeeper() -> None:
    timers = re.compile(r"enqueue_in|enqueue_at|CronScheduler|RQScheduler|Retry\(|Repeat\(")

    assert [named(p) for p in sources("app") if timers.search(p.read_text())] == []


def test_every_setting_is_documented_and_in_the_example() -> None:
    text = (ROOT / "app/core/settings.py").read_text()
    names = set(re.findall(r'"([A-Z][A-Z_]{4,})"', text))
    example = (ROOT / ".env.example").read_text()
    documented = (ROOT / "docs/settings.md").read_text()

    assert {name for name in names if f"{name}=" not in example} == set()
    assert {name for name in names if f"`{name}`" not in documented} == set()


def test_every_event_name_is_in_the_flows() -> None:
    recorded = re.compile(r'events\.record\(\s*"([a-z_.]+)"')
    names = {name for path in sources("app") for name in recorded.findall(path.read_text())}
    flows = (ROOT / "docs/flows.md").read_text()

    assert names, "the pattern finds no event at all"
    assert {name for name in names if f"`{name}`" not in flows} == set()


def test_migrations_are_numbered_and_have_one_head() -> None:
    files = sorted(path.name for path in (ROOT / "migrations/versions").glob("*.py"))

    assert [name[:4] for name in files] == [f"{n:04d}" for n in range(1, len(files) + 1)]


def test_no_third_party_code_lies_in_the_repository() -> None:
    suspects = [*ROOT.glob("app/**/vendor/*"), *ROOT.glob("*/node_modules")]
    ignored = (ROOT / ".gitignore").read_text() + "".join(
        path.read_text() for path in ROOT.glob("*/.gitignore")
    )

    assert [path for path in suspects if path.name not in ignored] == []


@pytest.mark.parametrize("word", ["tenant", "simulator", "fakewechat"])
def test_one_thing_has_one_word(word: str) -> None:
    whole = re.compile(rf"\b{word}s?\b", re.IGNORECASE)
    found = [named(path) for path in sources("app", "sandbox") if whole.search(path.read_text())]

    assert [name for name in found if name != "app/brands/models.py"] == []
