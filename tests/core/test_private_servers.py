"""The private PostgreSQL and Valkey: found, restarted, and gone when nobody uses them."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from app.core import embedded, supervisor

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[2]
SUPERVISOR, POSTGRES, VALKEY = "app.core.supervisor", "bin/postgres", "valkey-server"


def processes(var: Path, word: str) -> list[int]:
    """Pids of this folder's processes whose command has the word. Valkey calls itself by its
    socket, the others name the folder."""
    found, names = [], (str(var), str(embedded.socket_folder(var)))
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if word in command and any(name in command for name in names):
            found.append(int(entry.name))
    return found


def kill(var: Path, words: list[str]) -> None:
    """SIGKILL, and wait for the death: a process lives on for a moment after the signal.

    All are found before the first dies, since the supervisor takes the servers with it."""
    deadline = time.monotonic() + 20
    while not all(found := [processes(var, word) for word in words]):
        assert time.monotonic() < deadline, f"{words} are not all there to be killed: {found}"
        time.sleep(0.1)
    victims = [pid for pids in found for pid in pids]
    for pid in victims:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(map(is_alive, victims)):
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Neither gone nor a zombie, which has let go of its locks and told its children."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def execute(servers: embedded.Servers, statement: str) -> list[tuple]:
    dsn = servers.database_url.replace("+psycopg", "")
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def use(folder: str) -> None:
    """What a process does that needs the servers for a moment."""
    embedded.ensure(Path(folder))


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """A folder of 150 characters below one that only its owner may enter."""
    folder = tmp_path / ("long-" * 40)[: max(1, 149 - len(str(tmp_path)))]
    yield folder
    for pid in processes(folder, SUPERVISOR):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while processes(folder, POSTGRES) and time.monotonic() < deadline:
        time.sleep(0.1)


def test_every_kill_is_survived_with_the_data_in_place(var: Path) -> None:
    assert len(str(var)) >= 149
    execute(embedded.ensure(var), "CREATE TABLE kept AS SELECT 42 AS answer")

    for victims in ([SUPERVISOR], [POSTGRES], [VALKEY], [SUPERVISOR, POSTGRES, VALKEY]):
        kill(var, victims)
        assert execute(embedded.ensure(var), "SELECT answer FROM kept") == [(42,)], victims


def test_two_folders_have_servers_of_their_own(var: Path) -> None:
    ours, theirs = embedded.ensure(var / "a"), embedded.ensure(var / "b")

    execute(ours, "CREATE TABLE mine AS SELECT 1")

    assert execute(theirs, "SELECT count(*) FROM pg_tables WHERE tablename = 'mine'") == [(0,)]


def use_elsewhere(var: Path) -> None:
    """A process that comes, uses the servers, and ends."""
    script = "import sys; from tests.core.test_private_servers import use; use(sys.argv[1])"
    subprocess.run([sys.executable, "-c", script, str(var)], cwd=ROOT, check=True)


def is_let_in(var: Path) -> bool:
    with (var / "embedded.users").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_who_comes_while_the_servers_stop_waits_and_gets_new_ones(var: Path) -> None:
    use_elsewhere(var)
    (valkey,) = processes(var, VALKEY)
    os.kill(valkey, signal.SIGSTOP)  # so that stopping takes as long as this test looks
    try:
        time.sleep(supervisor.GRACE_SECONDS + 2)
        looks = [is_let_in(var) for _ in range(20) if not time.sleep(0.05)]
    finally:
        os.kill(valkey, signal.SIGCONT)

    assert not any(looks)
    assert execute(embedded.ensure(var), "SELECT 42") == [(42,)]
    assert processes(var, VALKEY) != [valkey]


def test_nothing_is_left_running_when_the_last_user_has_ended(var: Path) -> None:
    use_elsewhere(var)
    assert processes(var, POSTGRES), "it had started nothing"

    deadline = time.monotonic() + 30
    while processes(var, SUPERVISOR) and time.monotonic() < deadline:
        time.sleep(0.2)

    assert [processes(var, word) for word in (SUPERVISOR, POSTGRES, VALKEY)] == [[], [], []]


def test_servers_that_cannot_start_say_where_to_look(var: Path) -> None:
    var.mkdir(parents=True)
    (var / "postgres").write_text("in the way")

    with pytest.raises(embedded.EmbeddedError, match="DATABASE_URL"):
        embedded.ensure(var)
