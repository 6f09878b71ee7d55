"""`make image-check`: is the image the same when it is built again, how large is it, how fast does it start?

    make image-check
    make image-check BUILD_ARGS="--build-arg BASE=..."

Builds it twice without docker's cache and compares every file: content, mode and owner (times are docker's).
Then starts the command line and the API five times each. Exit code: 0 the same, 1 not, or a step failed.
"""

from __future__ import annotations

import argparse
import hashlib
import shlex
import statistics
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ("playground-check:1", "playground-check:2")
STARTS = 5
API_SECONDS = 20
# Prints its line from inside: what docker itself needs to begin and to tidy up is not the image's.
READY = """
import sys, time, urllib.request, subprocess
began = time.monotonic()
api = subprocess.Popen([sys.executable, "-m", "api"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
while time.monotonic() - began < {seconds}:
    try:
        urllib.request.urlopen("http://127.0.0.1:8000/healthz", timeout=1)
        print(time.monotonic() - began)
        break
    except OSError:
        time.sleep(0.01)
api.kill()
"""
HELP = """
import subprocess, sys, time
began = time.monotonic()
subprocess.run([sys.executable, "-m", "playground.cli", "--help"], check=True, stdout=subprocess.DEVNULL)
print(time.monotonic() - began)
"""


def main() -> int:
    """Build, compare, start; the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--build-args", default="", help="words for `docker build`")
    given = parser.parse_args()
    try:
        for image in IMAGES:
            print(f"building {image} without the cache ...", flush=True)
            file = ("-f", "images/playground/Dockerfile")
            output("docker", "build", "--no-cache", *shlex.split(given.build_args), "-t", image, *file, ".")
        first, second = (files(image) for image in IMAGES)
        size = int(output("docker", "image", "inspect", "-f", "{{.Size}}", IMAGES[0]))
        base = int(output("docker", "image", "inspect", "-f", "{{.Size}}", base_image(given.build_args)))
        print(f"size: {size / 1e6:.0f} MB, of which {base / 1e6:.0f} MB are its base")
        for name, script in (("playground --help", HELP), ("API, until /healthz", READY)):
            print(f"{name}: {spread([start(script) for _ in range(STARTS)])}")
    except subprocess.CalledProcessError as error:
        print(f"{shlex.join(error.cmd)}: {error.stderr.strip()}", file=sys.stderr)
        return 1
    finally:
        subprocess.run(["docker", "rmi", *IMAGES], capture_output=True, check=False)
    different = [name for name in sorted(first | second) if first.get(name) != second.get(name)]
    print(f"files: {len(first)}, of which {len(different)} differ between the builds")
    print("\n".join(f"  {name}" for name in different[:20]))
    return 1 if different else 0


def files(image: str) -> dict[str, tuple[object, ...]]:
    """Of each file: mode, owner, kind, and its content's digest or what it links to."""
    container = output("docker", "create", image).strip()
    try:
        with (
            subprocess.Popen(["docker", "export", container], stdout=subprocess.PIPE) as export,
            tarfile.open(fileobj=export.stdout, mode="r|") as tar,
        ):
            return {one.name: (one.mode, one.uid, one.gid, one.type, digest(tar, one)) for one in tar}
    finally:
        output("docker", "rm", container)


def digest(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    """Of its content; what it links to, when it is a link."""
    content = tar.extractfile(member) if member.isfile() else None
    return member.linkname if content is None else hashlib.sha256(content.read()).hexdigest()


def base_image(build_args: str) -> str:
    """What it is built from: as the arguments say, else as the Dockerfile does."""
    given = [word.removeprefix("BASE=") for word in shlex.split(build_args) if word.startswith("BASE=")]
    lines = (ROOT / "images/playground/Dockerfile").read_text(encoding="utf-8").splitlines()
    return (given or [line.removeprefix("ARG BASE=") for line in lines if line.startswith("ARG BASE=")])[0]


def start(script: str) -> float:
    """Seconds that a script measured in a new container, without network and writable in /tmp alone."""
    options = ("--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp")  # noqa: S108 - the container's
    code = script.format(seconds=API_SECONDS)
    said = output("docker", "run", *options, "--entrypoint", "python", IMAGES[0], "-c", code)
    return float(said or "nan")


def spread(seconds: list[float]) -> str:
    """Median, and from least to most."""
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"


def output(*command: str) -> str:
    """What a command prints. Raises subprocess.CalledProcessError."""
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
