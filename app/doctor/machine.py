"""The ground: settings, database, clock, disk."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta

import psycopg
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from app.core import clock, database, db, embedded, migrate
from app.core.db import SYSTEM_ROLE, session
from app.core.settings import SettingsError
from app.doctor.patient import Patient
from app.doctor.steps import Fault

MOST_OFF = timedelta(seconds=60)
LEAST_FREE_GB = 1.0
UPGRADE = "运行 flask database upgrade，再重启全部进程"


def settings(patient: Patient) -> str:
    """All of them are there and well formed."""
    try:
        found = patient.settings
    except SettingsError as error:  # it names the setting and never shows its value
        raise Fault(str(error), "在 .env 里改好这一项，再查一次") from None
    return f"HUIKE_ENV={found.env}"


def reachable(patient: Patient) -> str:
    """PostgreSQL answers both roles."""
    try:
        patient.connect(patient.settings)
        with db.transaction():
            version = session.scalar(text("SHOW server_version"))
        with db.system_transaction():
            session.execute(select(1))
    except (SettingsError, embedded.EmbeddedError) as error:  # both say what to do
        raise Fault("数据库连不上", str(error)) from None
    except (psycopg.Error, SQLAlchemyError):
        raise Fault(
            "数据库连不上",
            "看 PostgreSQL 是否在运行，DATABASE_URL 和 DATABASE_SYSTEM_URL 的主机、密码是否对，"
            "用户是不是 huike_app、huike_system 或它们的成员",
        ) from None
    return f"PostgreSQL {str(version).split()[0]}"


def roles(_: Patient) -> str:
    """Nobody serves with more power than he may have, and the wall between brands stands."""
    fix = "按 docs/operations.md 第 1 节建三个角色，DATABASE_URL 用 huike_app"
    try:
        _check_app_role()
    except database.WrongRole:
        raise Fault("DATABASE_URL 的用户能越过品牌之间的墙", fix) from None
    with db.system_transaction():
        is_system = session.scalar(
            text("SELECT pg_has_role(:role, 'USAGE')"), {"role": SYSTEM_ROLE}
        )
    if not is_system:
        raise Fault(f"DATABASE_SYSTEM_URL 的用户不是 {SYSTEM_ROLE}", fix)
    with db.transaction():
        leaks = session.scalar(text("SELECT EXISTS (SELECT FROM stores)"))
    if leaks:
        raise Fault("没有指明品牌，也能看到门店", f"行级安全被关掉了。{UPGRADE}")
    return "huike_app 只看得到一个品牌"


def _check_app_role() -> None:
    bind = db.app_bind()
    if isinstance(bind, Engine):
        with bind.connect() as connection:
            database.check_role(connection)
        return
    database.check_role(bind)


def migrations(_: Patient) -> str:
    """The tables are of this version of the code."""
    wanted = migrate.head()
    try:
        with db.system_transaction():
            found = migrate.current(session.connection())
    except ProgrammingError:  # no tables at all, or from before anybody might look
        raise Fault(f"数据库的版本读不出来，代码要 {wanted}", UPGRADE) from None
    if found != wanted:
        raise Fault(f"数据库是 {found}，代码要 {wanted}", UPGRADE)
    return f"都是 {wanted}"


def clock_of_database(_: Patient) -> str:
    """Ours and the database's agree: leases and due times are compared with both."""
    with db.system_transaction():
        theirs = session.scalar(select(func.clock_timestamp()))
    return agrees(theirs or clock.now(), "数据库")


def agrees(theirs: datetime, whose: str) -> str:
    """How far our clock is off. Raises Fault from a minute on."""
    off = clock.now() - theirs
    seconds = abs(off.total_seconds())
    if abs(off) > MOST_OFF:
        raise Fault(
            f"本机的钟比{whose}{'快' if off > timedelta() else '慢'} {seconds:,.0f} 秒",
            "在两台机器上都打开时间同步（chrony 或 systemd-timesyncd），对好后重启全部进程",
        )
    return f"与{whose}差 {seconds:.1f} 秒"


def disk(patient: Patient) -> str:
    """Room in HUIKE_VAR."""
    free = shutil.disk_usage(patient.settings.var.parent).free / 1e9
    if free < LEAST_FREE_GB:
        raise Fault(f"HUIKE_VAR 所在的盘只剩 {free:.1f} GB", "清出地方：日志、旧的导入文件、备份")
    return f"剩 {free:,.0f} GB"
