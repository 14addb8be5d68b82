"""`make demo`: real data, one store's day, then it keeps running; `--once` ends by itself."""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from app import process
from app.cli.processes import Group, compact
from app.core import database, migrate
from app.core.settings import Settings, SettingsError
from demo import brand as demo_brand
from demo import figures, memory, places, web
from demo.box import Box
from demo.brand import DemoBrand
from demo.day import KNOWN_TO_THE_TILL, Story
from demo.guide_phone import GuidePhone
from demo.phones import phones_of_the_till

REPORT = Path("build/demo.json")


def say(words: str) -> None:
    """One line of progress."""
    print(f"{time.strftime('%H:%M:%S')}  {words}", flush=True)


def main() -> int:
    """Set up, play, report."""
    arguments = _arguments()
    began = time.monotonic()
    found = places.choose()
    environ = found.environ(Path("var").absolute())
    settings = _settings(environ)
    brand_id = _prepare(settings)
    logins = demo_brand.passwords(settings.var)
    log = settings.var / "demo.log"
    sandbox = {"sandbox": [sys.executable, "-m", "sandbox"]}
    group = Group(sandbox, environ, output=log.open("wb"))  # until the demo ends
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _start(found, settings, group, brand_id)
        _import(environ)
        brand = demo_brand.describe(brand_id, demo_brand.open_counters(brand_id, logins))
        report = _play(found, settings, brand, logins, arguments)
        weight = {os.getpid()} | memory.supervisors(settings.var)
        report["pss_mb"] = memory.pss_mb(weight)
        report["seconds"] = round(time.monotonic() - began, 1)
        _write(report)
        if not arguments.once:
            _keep_running(found, logins, group, log)
    except KeyboardInterrupt:
        say("停下来")
    finally:
        group.stop()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the day")
    parser.add_argument("--seed", default="1", help="another story, the same imported figures")
    return parser.parse_args()


def _settings(environ: dict[str, str]) -> Settings:
    try:
        return Settings.from_env(environ)
    except SettingsError as error:
        raise SystemExit(f"设置不对：{error}") from None


def _prepare(settings: Settings) -> int:
    """The database, its tables, and the brand."""
    say("准备数据库")
    migrate.upgrade(database.locate(settings).owner)
    process.start_process(settings)
    return demo_brand.add_brand()


def _import(environ: dict[str, str]) -> None:
    """The till's data, in a child process that ends."""
    command = [sys.executable, "-m", "flask", "import", "demo-brand", "--brand", demo_brand.SLUG]
    if subprocess.run(command, env=environ).returncode != 0:
        raise SystemExit("导入没有完成；再运行一次 make demo 会接着来")


def _start(found: places.Places, settings: Settings, group: Group, brand_id: int) -> None:
    """WeChat first: our processes ask it for a token as soon as they run."""
    say("启动微信沙箱、网页、实时流、两个工人和报时员")
    group.start()
    web.wait_until_up(f"{found.sandbox}/sandbox/api/clock")
    demo_brand.connect(brand_id, Box(found.sandbox), found.stream)
    group.wanted |= compact(settings)
    group.start()


def _play(
    found: places.Places,
    settings: Settings,
    brand: DemoBrand,
    logins: dict[str, str],
    arguments: argparse.Namespace,
) -> dict[str, Any]:
    for each in (found.web, found.stream):
        web.wait_until_up(f"{each}/healthz", 60)
    box = Box(found.sandbox)
    demo_brand.draw_codes(brand.id)
    rng = random.Random(arguments.seed)  # noqa: S311 - a story, not a secret
    phones = [_guide_phone(found, brand, logins, number, rng) for number in range(4)]
    known = phones_of_the_till(brand.id, settings, KNOWN_TO_THE_TILL, rng)
    story = Story(brand, box, found.web, phones, rng)
    day = story.play(known, say)
    for phone in phones:
        phone.stop()
    _set_the_stage(box, brand, logins)
    return figures.collect(brand, day, box, phones)


def _guide_phone(
    found: places.Places, brand: DemoBrand, logins: dict[str, str], number: int, rng: random.Random
) -> GuidePhone:
    counter = brand.counters[number]
    phone = GuidePhone(found.web, found.stream, counter.store_id, random.Random(rng.random()))  # noqa: S311
    phone.sign_in(f"{counter.guide_login}@{demo_brand.SLUG}", logins[counter.guide_login])
    phone.start()
    phone.is_streaming.wait(5)
    return phone


def _set_the_stage(box: Box, brand: DemoBrand, logins: dict[str, str]) -> None:
    """The story page plays at the first counter, and the cashier's page is its till."""
    counter = brand.counters[0]
    demo_brand.open_till(brand.id, counter.store_id, box)
    guide = {
        "account": f"{counter.guide_login}@{demo_brand.SLUG}",
        "password": logins[counter.guide_login],
        "name": counter.guide_name,
    }
    box.tell_story(
        appid=brand.service_appid,
        mini_appid=brand.mini_appid,
        scene=counter.scene,
        store_name=counter.store_name,
        store_code=counter.store_code,
        place="柜台 A03",
        guide=guide,
        push={"account": f"mei@{demo_brand.SLUG}", "password": logins["mei"]},
    )


def _write(report: dict[str, Any]) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    push, latency = report["push"], report["guide_list"]
    skipped = sum(push["skipped"].values())
    say(
        f"扫码 {report['scans']}，关注 {report['follows']}，欢迎 {report['welcome_sent']}，"
        f"入会 {report['members_bound']}，小样 {report['samples_handed']}"
    )
    say(f"扫码到导购手机 p50 {latency['p50_ms']} 毫秒，p95 {latency['p95_ms']} 毫秒")
    say(
        f"群发：选中 {push['selected']} = 发出 {push['sent']} + 跳过 {skipped}"
        f" + 被拒 {push['refused']} + 未知 {push['unknown']}；重复 {push['duplicates_at_sandbox']}"
    )
    say(f"全部数字在 {REPORT}，用时 {report['seconds']} 秒，内存 {report['pss_mb']} MB")
    if not figures.adds_up(push):
        raise SystemExit(f"群发的数字合不上：选中的人数不等于各部分之和，见 {REPORT}")


def _keep_running(found: places.Places, logins: dict[str, str], group: Group, log: Path) -> None:
    say(f"一次到店，点着看：{found.sandbox}/story")
    say(f"后台：{found.web}/console/   账号 mei@{demo_brand.SLUG}   密码 {logins['mei']}")
    say(f"导购：{found.web}/guide/     账号 wei@{demo_brand.SLUG}   密码 {logins['wei']}")
    say(f"各进程的日志：{log}。按 Ctrl+C 结束")
    group.watch()


if __name__ == "__main__":
    sys.exit(main())
