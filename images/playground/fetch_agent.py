"""Fetches the JMX exporter's Java agent from a Maven repository: `fetch_agent.py FILE [REPOSITORY]`.

Runs in a stage of the Dockerfile. Without a repository it is Maven Central, as jgo knows it.
Exits with one line when the agent cannot be had, or is another one than it was.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

from jgo.maven import MavenContext

GROUP, NAME = "io.prometheus.jmx", "jmx_prometheus_javaagent"
# The last one that Maven Central has; later ones carry OpenTelemetry and are three times as large.
VERSION = "1.0.1"
SHA256 = "7d61f737fd661610ccc14aea79764faa1ea94a340cbc8f0029b3d2edea3d80c1"


def fetch(target: Path, repository: str) -> None:
    """Put the agent's jar at `target`.

    Raises RuntimeError or OSError when it cannot be had, ValueError when it is another one.
    """
    with tempfile.TemporaryDirectory() as cache:
        given = {"given": repository} if repository else None
        maven = MavenContext(repo_cache=Path(cache), remote_repos=given)
        jar = maven.project(GROUP, NAME).at_version(VERSION).artifact().resolve()
        found = hashlib.sha256(jar.read_bytes()).hexdigest()
        if found != SHA256:
            raise ValueError(f"{jar.name} has SHA-256 {found}, not {SHA256}")
        shutil.copyfile(jar, target)
        target.chmod(0o644)


if __name__ == "__main__":
    try:
        fetch(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
    except (OSError, RuntimeError, ValueError) as error:
        sys.exit(
            f"The JMX exporter cannot be put into the image: {error}\n"
            "Next: build with --build-arg MAVEN_REPOSITORY=ADDRESS of a reachable Maven repository."
        )
