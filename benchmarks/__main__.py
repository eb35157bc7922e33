"""``python -m benchmarks [STAGE ...]``: run every benchmark, or the stages named.

A stage's benchmark is a package beside this file with a ``__main__``; its own options are shown by
``python -m benchmarks.<stage> --help``. Each runs in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def stages() -> list[str]:
    """Return the stages that have a benchmark."""
    return sorted(path.parent.name for path in HERE.glob("*/__main__.py"))


def main(arguments: list[str]) -> int:
    """Run the stages and return 1 if any failed, 2 if one is unknown."""
    unknown = [name for name in arguments if name not in stages()]
    if unknown:
        known = ", ".join(stages())
        print(f"There is no benchmark '{unknown[0]}'; accepted are {known}.", file=sys.stderr)
        return 2
    failed = []
    for name in arguments or stages():
        print(f"== {name}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        if subprocess.run(command, cwd=HERE.parent, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
