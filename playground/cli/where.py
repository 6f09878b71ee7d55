"""Finds the playground that a command is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from playground.api_client import Api
from playground.cli.target import chosen_cluster
from playground.errors import StackError
from playground.local.folder import read_stack_file
from playground.settings import read_settings

if TYPE_CHECKING:
    from playground.cluster.stack import ClusterStack
    from playground.local.stack import LocalStack
    from playground.settings import Settings

ADDRESS_VARIABLES = {"PLAYGROUND_API_HOST", "PLAYGROUND_API_PORT"}


def the_stack() -> LocalStack | ClusterStack:
    """The stack that this command is about.

    Raises StackError when none runs.
    """
    cluster = chosen_cluster()
    return the_local_stack() if cluster is None else cluster.stack()


def the_local_stack(settings: Settings | None = None) -> LocalStack:
    """The local stack of this data folder, known to answer.

    Raises StackError when none runs.
    """
    from playground.local.stack import LocalStack  # noqa: PLC0415 - kept out of `--help`

    settings = settings or read_settings()
    found = read_stack_file(settings.data_dir)
    if found is None:
        raise nothing_runs(settings)
    stack = LocalStack(Path(found.socket))
    try:
        stack.workers()
    except StackError:
        raise nothing_runs(settings) from None
    return stack


def the_api(settings: Settings | None = None) -> Api:
    """The API: of the cluster that was chosen, else the one the environment names or that runs here."""
    settings = settings or read_settings()
    cluster = chosen_cluster()
    if cluster is not None and not settings.cluster_namespace:  # else we are a child of the API itself
        url = cluster.api_url()
        return Api(url, lambda: StackError(f"nobody listens at {url} any more", next_step="try again"))
    found = read_stack_file(settings.data_dir)
    if found is None or ADDRESS_VARIABLES & set(settings.environment):
        url = settings.api.url
    else:
        url = found.api_url
    return Api(url, lambda: _api_away(settings, url))


def _api_away(settings: Settings, url: str) -> StackError:
    """Why nobody listens at `url`: the stack may run while its API is on its way back."""
    from playground.local.stack import LocalStack  # noqa: PLC0415 - kept out of `--help`

    found = read_stack_file(settings.data_dir)
    if found is None or found.api_url != url:
        return nothing_runs(settings)
    try:
        status = LocalStack(Path(found.socket)).status()
    except StackError:
        return nothing_runs(settings)
    if status["phase"] in {"stopping", "stopped"}:
        return StackError("the playground is stopping", next_step="make run")
    api = next((one for one in status["services"] if one["name"] == "api"), None)
    first_time = api is None or (api["state"], api["restarts"]) == ("starting", 0)
    return StackError(
        "the API is starting" if first_time else "the API is starting again",
        next_step="try again in a few seconds: playground status",
    )


def nothing_runs(settings: Settings) -> StackError:
    """The error when there is nothing to talk to."""
    return StackError(f"no playground runs in {shown(settings.data_dir)}", next_step="make run")


def shown(path: Path) -> str:
    """A path as a person would type it from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
