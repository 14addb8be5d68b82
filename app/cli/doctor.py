"""`flask doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click
import structlog

from app.core import database
from app.core.settings import Settings
from app.doctor import examination
from app.doctor.patient import Patient
from app.doctor.steps import Finding, State
from app.process import Process

MARKS = {State.OK: "✓", State.FAILED: "✗", State.SKIPPED: "·"}


@click.command()
@click.option("--account", "account_key", help="Only this account: its URL key or its AppID.")
@click.option("--json", "as_json", is_flag=True)
def doctor(account_key: str | None, as_json: bool) -> None:
    """Look at everything between WeChat and the books; exit 1 when something is wrong."""
    patient = Patient(Settings.from_env, _connect, account_key=account_key)
    findings = list(examination.examine(patient))
    found = examination.report(findings)
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else _words(findings))
    raise SystemExit(0 if found["ok"] else 1)


def _connect(settings: Settings) -> Process:
    process = Process(settings, database.locate(settings))
    # What is told to the log must not stand among what is told to the caller.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    return process


def _words(findings: Sequence[Finding]) -> str:
    first = examination.first_failed(findings)
    head = [f"✗ {first.title}：{first.what}", f"  怎么办：{first.fix}", ""] if first else []
    return "\n".join([*head, *map(_line, findings), "", _summary(findings)])


def _line(finding: Finding) -> str:
    return f"{MARKS[finding.state]} {finding.title}：{finding.what}"


def _summary(findings: Sequence[Finding]) -> str:
    counts = {state: sum(each.state is state for each in findings) for state in State}
    if not counts[State.FAILED]:
        return f"{len(findings)} 项都好"
    return (
        f"{len(findings)} 项 = 好 {counts[State.OK]} + 坏 {counts[State.FAILED]}"
        f" + 在等 {counts[State.SKIPPED]}。先修最上面那一项，再查一次"
    )
