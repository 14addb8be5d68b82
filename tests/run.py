"""`make test`: says what it will do, then hands over to pytest."""

from __future__ import annotations

import os
import shutil
import sys

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    arguments = sys.argv[1:]
    command = ["-m", "pytest", "-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile"]
    marks = ["not soak"]
    if not any(shutil.which(name) for name in BROWSERS):
        print("没有 Chromium：浏览器测试不跑（Debian: apt-get install chromium fonts-noto-cjk）")
        marks.append("not browser")
    command += ["-m", " and ".join(marks)]
    os.execv(sys.executable, [sys.executable, *command, *arguments])


if __name__ == "__main__":
    sys.exit(main())
