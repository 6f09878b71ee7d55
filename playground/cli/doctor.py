"""`doctor`: everything the playground needs, one line each, with cause and next step."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from playground.cli.output import console, output_option, print_json
from playground.errors import EnvironmentMissing
from playground.local.checks import run_checks
from playground.settings import read_settings

if TYPE_CHECKING:
    from playground.local.checks_running import Check

STYLES = {"ok": "green", "warning": "yellow", "missing": "red", "skipped": "dim"}


@click.command()
@output_option
def doctor(output: str) -> None:
    """Check this machine and, when it runs, the playground. Exit code 3 when something is missing.

    \b
    Examples:
      playground doctor
      playground doctor -o json
    """
    found: list[Check] = []
    for check in run_checks(read_settings()):
        found.append(check)
        if output == "table":
            _print(check)
    if output == "json":
        print_json({"checks": [asdict(check) for check in found]})
    missing = [check.name for check in found if check.state == "missing"]
    if missing:
        raise EnvironmentMissing(f"not in order: {', '.join(missing)}")


def _print(check: Check) -> None:
    console().print(f"{check.state:<8}", style=STYLES[check.state], end="", markup=False)
    console().print(f" {check.name:<12} {check.detail}", markup=False, soft_wrap=True)
    if check.next_step:
        console().print(f"{'':21} next: {check.next_step}", markup=False, soft_wrap=True)
