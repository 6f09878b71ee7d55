"""`python -m workers KIND`: one worker process, settings from the environment."""

from __future__ import annotations

import sys

from playground.cycles import look_rarely
from playground.errors import PlaygroundError
from playground.jobs import GROUP_OF_KIND
from playground.settings import Settings, read_settings


def main(arguments: list[str]) -> int:
    """Run one worker and return its exit code: 0 stopped, 1 failed, 2 usage."""
    if len(arguments) != 1 or arguments[0] not in GROUP_OF_KIND:
        print(f"usage: python -m workers {'|'.join(GROUP_OF_KIND)}", file=sys.stderr)  # noqa: T201
        return 2
    try:
        return run(arguments[0], read_settings())
    except PlaygroundError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        if error.next_step:
            print(f"next: {error.next_step}", file=sys.stderr)  # noqa: T201
        return 1


def run(kind: str, settings: Settings) -> int:
    """Run a worker of this kind. Only what the kind needs is imported, which keeps it small."""
    worker = settings.worker_name or f"{kind}-1"
    if kind == "exporter":
        from workers.exporter import run as run_exporter  # noqa: PLC0415

        look_rarely()
        return run_exporter(settings)
    if kind == "load":
        from workers.load import run as run_load  # noqa: PLC0415

        return run_load(settings, worker)
    from workers.analytics import analytics  # noqa: PLC0415
    from workers.member import run_member  # noqa: PLC0415
    from workers.processor import processor  # noqa: PLC0415

    look_rarely()
    job = analytics if kind == "analytics" else processor
    group_id = settings.consumer.group_id or GROUP_OF_KIND[kind] or kind
    return run_member(settings, worker, group_id, job)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
