"""`python -m playground.local.run_container NAME WORDS...`: `docker run WORDS...`, and nothing in its way.

A `docker run` that was killed leaves its container behind, and the name is taken.
"""

from __future__ import annotations

import os
import subprocess
import sys

from playground.local.docker import remove_command


def main() -> None:
    """Remove what is left of an earlier life, then become docker: signals are for it."""
    name, *words = sys.argv[1:]
    subprocess.run(remove_command(name), capture_output=True, check=False)
    os.execvp("docker", ["docker", "run", *words])  # noqa: S606 - a list, no shell


if __name__ == "__main__":
    main()
