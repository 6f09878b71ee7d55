"""An image that stands in for ksqlDB's, which no test can fetch: recorded answers in a real container."""

import os
import shutil
import subprocess
from pathlib import Path

from support.prerequisites import missing

TESTS = Path(__file__).parents[1]
BASE = "python:3.11-slim-bookworm"
# A tag of its own: ksqlDB's may name a real image on a person's machine.
IMAGE = f"playground-test/ksqldb-stand-in:{os.getpid()}"
DOCKERFILE = f"""\
FROM {BASE}
COPY support /app/support
COPY data /app/data
ENV PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1
CMD ["python", "-m", "support.stand_in_server"]
"""


def docker(*arguments, check=True):
    """What docker says."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"docker {arguments}: {done.stderr}"
    return done.stdout.strip()


def build(folder):
    """Make the image; skips where there is no docker, or not the image that it is made of."""
    if shutil.which("docker") is None or not docker("info", "--format", "{{.ServerVersion}}", check=False):
        missing("docker")
    if not docker("images", "--quiet", BASE):
        missing(f"docker's image {BASE} (docker pull {BASE})")
    (folder / "data").mkdir()
    (folder / "support").mkdir()
    shutil.copytree(TESTS / "data" / "ksqldb", folder / "data" / "ksqldb")
    for name in ("__init__", "recorded_ksqldb", "recorded_push", "stand_in_server"):
        shutil.copy(TESTS / "support" / f"{name}.py", folder / "support")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    docker("build", "--quiet", "--tag", IMAGE, str(folder))


def remove():
    """Remove the image."""
    docker("rmi", "--force", IMAGE, check=False)


def is_there(container):
    """Whether docker knows a container of this name, running or not."""
    return bool(docker("ps", "--all", "--quiet", "--filter", f"name=^{container}$"))
