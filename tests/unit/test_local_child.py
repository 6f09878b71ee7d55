"""A supervised child: restarts, back-off, stopping, what it says; and the guard behind it."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from playground.local import child as child_module
from playground.local.child import Child, ChildSpec, describe_exit, next_backoff
from playground.local.guard import Guard, Left, keep_watch
from playground.waiting import wait_until

SECONDS = 20
READY = 'print(\'{"event": "startup_complete"}\', flush=True)'
OBEDIENT = f"import threading; {READY}; threading.Event().wait()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {OBEDIENT}"
CRASHING = "raise SystemExit('no database')"


@pytest.fixture
def guard():
    watching = Guard()
    yield watching
    watching.close()


@pytest.fixture
def run_child(guard, tmp_path):
    """Runs a coroutine function with a child of this Python code, and ends the child."""

    def run(code, scenario, *, probe=None):
        async def main():
            news = asyncio.Event()
            spec = ChildSpec(
                "w-1",
                "w",
                [sys.executable, "-c", code],
                {},
                tmp_path / "w.log",
                probe,
            )
            child = Child(spec, guard, news.set)

            async def until(condition):
                async with asyncio.timeout(SECONDS):
                    while not condition():
                        news.clear()
                        await news.wait()

            child.start()
            try:
                await scenario(child, until)
            finally:
                await child.stop(0.2)
            assert child.state == "stopped"
            assert child.pid is None

        asyncio.run(main())

    return run


def test_backoff_doubles_to_thirty_seconds_and_begins_anew_after_a_steady_life():
    waits, backoff = [], 0.0
    for _ in range(7):
        backoff = next_backoff(backoff, lived_seconds=1)
        waits.append(backoff)

    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert next_backoff(30, lived_seconds=61) == 1


def test_a_crashing_child_is_started_again_and_its_last_words_are_kept(run_child, monkeypatch, tmp_path):
    monkeypatch.setattr(child_module, "FIRST_BACKOFF", 0.01)

    async def scenario(child, until):
        await until(lambda: child.restarts >= 2)
        assert child.last_words().endswith("no database")
        assert child.last_exit == "exit code 1"

    run_child(CRASHING, scenario)
    assert "ended with exit code 1" in (tmp_path / "w.log").read_text()


def test_a_child_that_ends_without_being_asked_is_started_again(run_child, monkeypatch):
    monkeypatch.setattr(child_module, "FIRST_BACKOFF", 0.01)

    async def scenario(child, until):
        await until(lambda: child.restarts >= 1)

    run_child("pass", scenario)


def test_a_killed_child_comes_back_with_another_process(run_child, monkeypatch):
    monkeypatch.setattr(child_module, "FIRST_BACKOFF", 0.01)

    async def scenario(child, until):
        await until(lambda: child.state == "running")
        before = child.pid
        child.kill()
        await until(lambda: child.restarts == 1 and child.state == "running")
        assert child.pid != before

    run_child(OBEDIENT, scenario)


def test_a_stubborn_child_is_killed_after_its_grace(run_child):
    async def scenario(child, until):
        await until(lambda: child.state == "running")

    run_child(STUBBORN, scenario)


def test_a_frozen_child_still_hears_the_stop(run_child):
    async def scenario(child, until):
        await until(lambda: child.state == "running")
        child.pause()
        assert child.state == "paused"

    run_child(OBEDIENT, scenario)


def test_a_probe_decides_when_there_is_one(run_child):
    answers = iter([False, False, True])

    async def scenario(child, until):
        await until(lambda: child.state == "running")
        assert next(answers, "used up") == "used up"

    run_child("import threading; threading.Event().wait()", scenario, probe=lambda: next(answers))


def test_a_program_that_does_not_exist_is_said(guard, tmp_path):
    async def main():
        spec = ChildSpec("w-1", "w", ["/no/such/program"], {}, tmp_path / "w.log")
        child = Child(spec, guard, lambda: None)
        child.start()
        async with asyncio.timeout(SECONDS):
            while child.state != "restarting":
                await asyncio.wait([asyncio.ensure_future(asyncio.to_thread(lambda: None))])
        assert "No such file" in child.last_words()
        await child.stop(1)

    asyncio.run(main())


def test_exits_are_named():
    assert describe_exit(3) == "exit code 3"
    assert describe_exit(-9) == "SIGKILL"


def test_the_guard_kills_what_is_watched_when_its_pipe_ends(tmp_path):
    def start():
        return subprocess.Popen([sys.executable, "-c", STUBBORN], start_new_session=True)

    frozen, forgotten = start(), start()
    folder = tmp_path / "socket"
    folder.mkdir()
    os.kill(frozen.pid, signal.SIGSTOP)
    watching = Guard()
    watching.watch(frozen.pid)
    watching.watch(forgotten.pid)
    watching.forget(forgotten.pid)
    watching.remove(folder)
    watching.run_at_end(["touch", str(tmp_path / "run")])

    watching.close()

    try:
        assert frozen.wait(SECONDS) == -signal.SIGKILL
        assert forgotten.poll() is None
        wait_until(lambda: not folder.exists(), "the folder to be removed", SECONDS)
        assert (tmp_path / "run").exists()
    finally:
        forgotten.kill()
        forgotten.wait()


def test_the_guard_ignores_what_it_does_not_understand():
    said = ["+12\n", "nonsense\n", "+\n", "-12\n", "+13\n", "rm /a b\n", 'run ["docker", "rm"]\n']

    assert keep_watch(said) == Left({13}, ["/a b"], [["docker", "rm"]])
