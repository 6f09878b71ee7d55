"""`python -m bench`: measure, print the table, write it into bench/results."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from bench.http_load import load_generator
from bench.lab import ROOT, Scale, open_lab
from bench.machine import commit, describe_machine, describe_versions
from bench.measure import Skipped, run_rounds
from bench.report import FAILED, judge, row_line, save
from bench.table import GROUPS
from playground.clock import iso, now_ms
from playground.errors import PlaygroundError

if TYPE_CHECKING:
    from bench.plan import Group

RESULTS = ROOT / "bench" / "results"


class ProgressLine:
    """What is being done now, on one line of a terminal; line by line elsewhere."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._live = sys.stderr.isatty()

    def __call__(self, text: str) -> None:
        stamp = f"[{time.monotonic() - self._began:4.0f} s] {text}"
        print(f"\r\x1b[2K{stamp}" if self._live else stamp, end="" if self._live else "\n",
              file=sys.stderr, flush=True)  # fmt: skip

    def end(self) -> None:
        if self._live:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--list", action="store_true", help="list the rows and stop")
    parser.add_argument("--only", action="append", metavar="ROW", help="a row or a group; may be repeated")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds per group (3)")
    parser.add_argument("--quick", action="store_true", help="one short round: shows that it works, no more")
    parser.add_argument("--accept-noise", action="store_true", help="print ratios on a busy machine, marked")
    parser.add_argument("--base-port", type=int, default=18700, metavar="PORT", help="first of 40 ports")
    return parser.parse_args(arguments)


def chosen_rows(only: list[str] | None) -> set[str]:
    """Keys of the rows to measure. Raises SystemExit for a name that is none."""
    groups = {group.name: {row.key for row in group.rows} for group in GROUPS}
    known = set().union(*groups.values())
    if not only:
        return known
    unknown = [name for name in only if name not in groups and name not in known]
    if unknown:
        print(f"error: no row {', '.join(unknown)}\nnext: python -m bench --list", file=sys.stderr)
        raise SystemExit(2)
    return set().union(*(groups.get(name, {name}) for name in only))


def measure_group(
    group: Group, keys: set[str], options: argparse.Namespace, say: ProgressLine
) -> list[dict[str, Any]]:
    """The group's lines of the table."""
    needed = group.needed(keys)
    rounds = 1 if options.quick else min(options.rounds, group.most_rounds)
    say(f"{group.name}: starting")
    samples, skipped = {}, {}
    try:
        scale = Scale(quick=options.quick)
        with (
            open_lab(options.base_port, scale, broker=group.broker) as lab,
            group.open(lab, lambda text: say(f"{group.name}: {text}")) as variants,
        ):
            wanted = [variant for variant in variants if variant.name in needed]
            samples, skipped = run_rounds(wanted, rounds, lambda text: say(f"{group.name}: {text}"))
    except Skipped as reason:
        skipped = dict.fromkeys(needed, str(reason))
    except AssertionError as failure:  # the other groups are still worth measuring
        skipped = dict.fromkeys(needed, f"{FAILED}: {failure}")
    rows = [row for row in group.rows if row.key in keys]
    return [judge(group, row, samples, skipped, accept_noise=options.accept_noise) for row in rows]


def main(arguments: list[str]) -> int:
    """Exit code: 0 measured, 1 failed, 2 usage, 3 something is missing."""
    options = parse_arguments(arguments)
    if options.list:
        for group in GROUPS:
            for row in group.rows:
                print(f"{group.name:10} {row.key:24} {row.what} / {row.against}")
        return 0
    keys = chosen_rows(options.only)
    say = ProgressLine()
    # A fresh broker is not ready for everything at once; librdkafka asks again by itself.
    logging.getLogger("playground.librdkafka").setLevel(logging.CRITICAL)
    result: dict[str, Any] = {
        "taken_at": iso(now_ms()), "commit": commit(), "quick": options.quick,
        "rounds": 1 if options.quick else options.rounds, "machine": describe_machine(),
        "versions": describe_versions(), "http_load": load_generator(), "rows": [],
    }  # fmt: skip
    try:
        for group in GROUPS:
            if group.needed(keys):
                lines = measure_group(group, keys, options, say)
                say.end()
                for line in lines:
                    print(row_line(line), flush=True)
                result["rows"] += lines
    except KeyboardInterrupt:
        say.end()
        print("stopped; nothing is written", file=sys.stderr)
        return 130
    except PlaygroundError as error:
        say.end()
        print(f"error: {error}\nnext: {error.next_step}", file=sys.stderr)
        return 3
    complete = not (options.only or options.quick or options.accept_noise)
    page = save(result, RESULTS, "latest" if complete else "partial")
    print(f"\nwritten: {page.relative_to(ROOT)} and the same as JSON")
    return 1 if any(line["verdict"].startswith(FAILED) for line in result["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
