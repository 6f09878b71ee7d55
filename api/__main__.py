"""`python -m api`: the HTTP API, settings from the environment."""

from __future__ import annotations

import sys

from api import supervisor
from api.server import bind, serve
from playground.errors import EnvironmentMissing, PlaygroundError
from playground.settings import read_settings


def main(arguments: list[str]) -> int:
    """Serve; exit code 0 stopped, 1 failed, 2 usage, 3 environment missing."""
    if arguments and arguments[0] != supervisor.CHILD:
        print("usage: python -m api", file=sys.stderr)  # noqa: T201
        return 2
    try:
        settings = read_settings()
        if arguments:
            return serve(settings, supervisor.inherited(arguments[1:]))
        listener = bind(settings.api)
        print(f"API: {settings.api.url}", flush=True)  # noqa: T201
        if settings.api.processes == 1:
            return serve(settings, listener)
        return supervisor.run(settings, listener)
    except PlaygroundError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        if error.next_step:
            print(f"next: {error.next_step}", file=sys.stderr)  # noqa: T201
        return 3 if isinstance(error, EnvironmentMissing) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
