"""What the supervisor says about itself, and what the command line makes of it when the API is away."""

import asyncio
import sys
from types import SimpleNamespace

import pytest

from playground.cli import where
from playground.errors import NotFound, StackError
from playground.local import folder, replicas
from playground.local.control_requests import Requests
from playground.local.guard import Guard
from playground.local.replicas import Replicas
from playground.local.stack import LocalStack
from playground.settings import read_settings

SECONDS = 5


def service(name, state, restarts=0):
    return SimpleNamespace(spec=SimpleNamespace(name=name, kind=name), pid=1, state=state, restarts=restarts)


def stack_of(broker, api, *, phase="ready", **replicas):
    return SimpleNamespace(
        broker=broker,
        api=api,
        ksqldb=None,
        replicas=replicas,
        progress=SimpleNamespace(phase=phase, steps=[]),
        settings=SimpleNamespace(data_dir="x"),
        addresses=dict,
        children=lambda: [broker, api],
        services=lambda: [one for one in (broker, api) if one is not None],
    )


@pytest.mark.parametrize(
    ("broker", "api", "phase"),
    [
        ("running", "running", "ready"),
        ("restarting", "running", "starting"),
        ("running", "starting", "starting"),
    ],
)
def test_it_is_ready_while_broker_and_api_run(broker, api, phase):
    stack = stack_of(service("broker", broker), service("api", api))

    assert Requests(stack).asking["status"]()["phase"] == phase


def test_overrides_are_told_without_passwords():
    overrides = {
        "PLAYGROUND_FAULT_FAILURE_RATIO": "1",
        "PLAYGROUND_DATABASE_URL": "postgresql://u:secret@h/d",
    }
    processor = SimpleNamespace(overrides=overrides, instances=list, children=[])
    analytics = SimpleNamespace(overrides={}, instances=list, children=[])
    stack = stack_of(None, None, processor=processor, analytics=analytics)

    assert Requests(stack).asking["status"]()["overrides"] == {
        "processor": {"PLAYGROUND_FAULT_FAILURE_RATIO": "1", "PLAYGROUND_DATABASE_URL": "***"}
    }


def test_a_mistyped_worker_is_answered_with_the_one_that_was_meant():
    requests = Requests(stack_of(service("broker", "running"), service("api", "running"), processor=None))

    for request in (
        requests.changing["kill"]("brokr"),
        requests.changing["scale"]("procesor", 1),
        requests.changing["scale"]("order-procesor", 1),
    ):
        with pytest.raises(NotFound, match=r"did you mean (broker|processor|order-processor)") as error:
            asyncio.run(request)
        assert "playground status" in error.value.next_step


@pytest.fixture
def settings(tmp_path):
    settings = read_settings({"PLAYGROUND_DATA_DIR": str(tmp_path)})
    url = settings.api.url
    folder.write_stack_file(
        tmp_path, folder.StackFile(1, str(tmp_path / "s"), url, "", "", "", str(tmp_path))
    )
    return settings


@pytest.mark.parametrize(
    ("api", "words"),
    [
        ([{"name": "api", "state": "restarting", "restarts": 0}], "the API is starting again"),
        ([{"name": "api", "state": "starting", "restarts": 1}], "the API is starting again"),
        ([{"name": "api", "state": "starting", "restarts": 0}], "the API is starting"),
        ([], "the API is starting"),
    ],
)
def test_an_api_that_is_away_is_not_a_playground_that_is_away(settings, monkeypatch, api, words):
    monkeypatch.setattr(LocalStack, "status", lambda _self: {"phase": "starting", "services": api})

    error = where._api_away(settings, settings.api.url)

    assert str(error) == words
    assert error.next_step == "try again in a few seconds: playground status"


def test_without_a_supervisor_or_at_another_address_nothing_runs(settings):
    assert "no playground runs" in str(where._api_away(settings, settings.api.url))
    assert "no playground runs" in str(where._api_away(settings, "http://127.0.0.1:1"))


def processors(tmp_path, guard, program):
    """Replicas that run this Python program."""
    news = asyncio.Event()

    async def wait_for(condition, _seconds):
        while not condition():
            news.clear()
            await news.wait()
        return True

    return Replicas(
        "processor",
        read_settings({"PLAYGROUND_DATA_DIR": str(tmp_path)}),
        [sys.executable, "-c", program],
        guard=guard,
        changed=news.set,
        wait_for=wait_for,
    )


def test_a_rolling_restart_that_is_slow_ends_with_who_is_left_and_can_be_gone_on_with(tmp_path, monkeypatch):
    """Time is up after the first of three; the same command again restarts the other two."""
    started = '{"event": "startup_complete"}'
    clock = iter([0, 1, 1000])
    delay = {"PLAYGROUND_FAULT_PROCESSING_DELAY_MS": "1"}

    async def scenario():
        group = processors(tmp_path, guard, f"import signal; print({started!r}, flush=True); signal.pause()")
        async with asyncio.timeout(SECONDS * 4):
            await group.scale(3)
            with monkeypatch.context() as patched:
                patched.setattr(replicas, "time", SimpleNamespace(monotonic=lambda: next(clock, 1000)))
                with pytest.raises(StackError) as error:
                    await group.scale(3, delay)
            applied = [child.spec.overrides == delay for child in group.children]
            await group.scale(3)
            everywhere = [child.spec.overrides == delay for child in group.children]
            await group.close()
        return error.value, applied, everywhere

    guard = Guard()
    try:
        error, applied, everywhere = asyncio.run(scenario())
    finally:
        guard.close()
    assert "longer than 120 s; still with their earlier settings: processor-2, processor-3" in str(error)
    assert "`playground scale processor 3` goes on" in error.next_step
    assert (applied, everywhere) == ([True, False, False], [True] * 3)


def test_settings_of_workers_that_keep_ending_are_taken_back_without_waiting(tmp_path):
    async def scenario():
        group = processors(tmp_path, guard, "raise SystemExit('no database')")
        async with asyncio.timeout(SECONDS * 4):
            await group.scale(2, {"PLAYGROUND_FAULT_PROCESSING_DELAY_MS": "1"})
            await group.scale(2)
            assert group.overrides, "they stay"
            await group.scale(2, {})
            assert group.overrides == {}
            await group.close()

    guard = Guard()
    try:
        asyncio.run(scenario())
    finally:
        guard.close()
