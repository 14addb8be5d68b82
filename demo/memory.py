"""What all processes of the demo weigh together, shared pages counted once (PSS)."""

from __future__ import annotations

from pathlib import Path


def pss_mb(roots: set[int]) -> int:
    """Megabytes of these processes and everything they started."""
    return sum(_pss_kb(pid) for pid in _with_children(roots)) // 1024


def _with_children(roots: set[int]) -> set[int]:
    parents = {pid: _parent(pid) for pid in _all_pids()}
    family, grown = set(roots), True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        family |= more
        grown = bool(more)
    return family


def _all_pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return -1


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def supervisors(var: Path) -> set[int]:
    """The supervisor of this folder's private servers, if it runs."""
    wanted = f"app.core.supervisor\0{var}".encode()
    return {pid for pid in _all_pids() if wanted in _command(pid)}


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
