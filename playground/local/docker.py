"""Whether docker can run a container that shares this machine's network, and its images."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playground.errors import EnvironmentMissing
from playground.loopback import is_loopback
from playground.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER_SECONDS = 20.0
PULL_SECONDS = 1800.0


def require_docker(what: str, otherwise: str) -> None:
    """Make sure that a container with `--network host` is on this machine's network.

    `what` needs it; `otherwise`: what to do where it cannot be.
    Raises EnvironmentMissing that says what is missing.
    """
    if sys.platform != "linux":
        raise EnvironmentMissing(
            f"{what} shares this machine's network with its container, which Linux alone can",
            next_step=otherwise,
        )
    if shutil.which("docker") is None:
        raise EnvironmentMissing(
            f"{what} runs in a container, and there is no docker on PATH",
            next_step=f"install docker; or {otherwise}",
        )
    info = _info(what, otherwise)
    if reason := _other_network(info):
        raise EnvironmentMissing(
            f"{what} shares this machine's network with its container, and {reason}", next_step=otherwise
        )


def require_image(image: str, what: str, otherwise: str, say: Callable[[str], None]) -> None:
    """Have the image, fetched if need be. `say` is called while that lasts; what it raises ends it.

    Raises EnvironmentMissing when it cannot be had.
    """
    if _docker("image", "inspect", image).returncode == 0:
        return
    say(f"fetching {image}")
    with subprocess.Popen(
        ["docker", "pull", "--quiet", image],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the supervisor
    ) as pull:

        def ended() -> bool:
            say(f"fetching {image}")
            return pull.poll() is not None

        try:
            wait_until(ended, f"docker pull {image}", PULL_SECONDS, every=0.2)
            _, complaint = pull.communicate()
        finally:
            pull.kill()
    if pull.returncode != 0:
        raise EnvironmentMissing(
            f"the image of {what}, {image}, cannot be had: {_last_line(complaint)}",
            next_step=f"docker pull {image}, which says more; or {otherwise}",
        )


def remove_command(container: str) -> list[str]:
    """The command that ends and removes a container, whatever it does."""
    return ["docker", "rm", "--force", container]


def _info(what: str, otherwise: str) -> dict[str, Any]:
    done = _docker("info", "--format", "{{json .}}")
    info: dict[str, Any] = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    reason = (info.get("ServerErrors") or [_last_line(done.stderr)])[0]
    if not info.get("ServerVersion"):  # some versions end with 0 all the same
        raise EnvironmentMissing(
            f"{what} runs in a container, and docker does not answer: {reason}",
            next_step=f"docker info: does it run, may you use it? Or {otherwise}",
        )
    return info


def _other_network(info: dict[str, Any]) -> str | None:
    """Why the host network of a container would not be that of this process."""
    if "Docker Desktop" in info.get("OperatingSystem", ""):
        return "Docker Desktop runs containers in a machine of its own"
    if any("rootless" in option for option in info.get("SecurityOptions") or []):
        return "a rootless docker keeps its containers on a network of its own"
    place = urlsplit(_docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}").stdout.strip())
    if place.scheme in {"tcp", "ssh"} and not is_loopback(place.hostname or ""):
        return f"docker is that of {place.hostname}"
    return None


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["docker", *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=ANSWER_SECONDS)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"no answer in {ANSWER_SECONDS:g} s")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it gave no reason"])[-1]
