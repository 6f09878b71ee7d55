"""Every command explains itself, with examples that keep their lines."""

import subprocess
import sys

import pytest

from playground.cli.entry import COMMANDS


def help_of(*command):
    arguments = [sys.executable, "-m", "playground.cli", *command, "--help"]
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "command", [[name] for name in COMMANDS if name != "load"] + [["load", "start"], ["load", "stop"]]
)
def test_help_has_examples_one_per_line(command):
    lines = [line.strip() for line in help_of(*command).splitlines()]

    heading = next(number for number, line in enumerate(lines) if line in {"Example:", "Examples:"})
    assert lines[heading + 1].startswith("playground " + " ".join(command))
    assert not any("\\b" in line for line in lines)


def test_the_line_break_of_the_printf_example_stays_an_escape():
    lines = help_of("produce").splitlines()

    example = next(line for line in lines if "printf" in line)
    assert example == """    printf '{"user":"eve","item":"mug","qty":1}\\n' | playground produce --file -"""
