"""What `up` shows: nothing for a refused start, and a ready screen whose commands work as they stand."""

import io
import sys

import pytest
from rich.console import Console

from playground.cli import display, inspect
from playground.errors import StackError
from playground.local.progress import Step

ADDRESSES = {"dashboard": "http://127.0.0.1:8000/"}


@pytest.fixture
def terminal(monkeypatch):
    screen = Console(file=io.StringIO(), force_terminal=True, width=100)
    monkeypatch.setattr(display, "console", lambda: screen)
    return screen.file


def test_a_start_that_is_refused_shows_no_steps(terminal):
    with display.StartDisplay([Step("broker"), Step("API")]) as shown:
        shown.update()

    assert terminal.getvalue() == ""


def test_steps_are_shown_from_the_first_one_on(terminal):
    steps = [Step("broker"), Step("API")]
    with display.StartDisplay(steps) as shown:
        steps[0].state = "done"
        shown.update()

    assert "broker" in terminal.getvalue()
    assert "API" in terminal.getvalue()


def following(text):
    lines = text.splitlines()
    return lines[lines.index("Try next:") + 1].strip()


def test_the_ready_screen_begins_with_the_environment_when_the_command_is_unknown(monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    activate = tmp_path / "bin" / "activate"
    activate.touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(display.shutil, "which", lambda _name: None)
    assert following(display.addresses_text(ADDRESSES, attached=False)) == f". {activate}"

    monkeypatch.setattr(display.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert following(display.addresses_text(ADDRESSES, attached=False)).startswith("playground produce")


def test_watching_lag_into_a_pipe_prints_each_table_at_once(monkeypatch):
    pipe = io.StringIO()
    monkeypatch.setattr(inspect, "console", lambda: Console(file=pipe, width=200))
    monkeypatch.setattr(inspect, "every", lambda _seconds: range(3))
    seen = []

    class Api:
        def get(self, *_arguments, **_named):
            seen.append(pipe.getvalue())
            raise StackError(f"answer {len(seen)}", next_step="wait")

    inspect._watch_lag(Api(), None)

    assert ["answer 1" in text for text in seen] == [False, True, True]
    assert "answer 3\nnext: wait" in pipe.getvalue()
