"""A broker that is taken away for a while: by a real process, in the hands of the supervisor's own code."""

import asyncio
import sys
from types import SimpleNamespace

import pytest

from playground.errors import AbilityMissing, InvalidValue, StackError
from playground.local import broker_restart, child
from playground.local.broker_restart import restart_broker
from playground.local.child import Child, ChildSpec
from playground.local.guard import Guard
from playground.settings import read_settings

SECONDS = 20
READY = 'import signal; print(\'{"event": "startup_complete"}\', flush=True)\n'
OBEDIENT = READY + "signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + READY + "while True: signal.pause()"


class Stack:
    """As much of a supervisor as there has to be around a broker."""

    def __init__(self, folder, guard, program, **environment):
        self.settings = read_settings({"PLAYGROUND_DATA_DIR": str(folder), **environment})
        self.progress = SimpleNamespace(phase="ready")
        self._news = asyncio.Event()
        spec = ChildSpec("broker", "broker", [sys.executable, "-c", program], {}, log=folder / "broker.log")
        self.broker = Child(spec, guard, self._news.set)

    async def wait_for(self, condition, seconds):
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        return condition()

    async def started(self):
        self.broker.start()
        assert await self.wait_for(lambda: self.broker.state == "running", SECONDS)


@pytest.fixture
def run(tmp_path):
    """Runs a scenario with a broker that is up, and ends that broker."""
    guard = Guard()

    def run_one(scenario, program=OBEDIENT):
        async def whole():
            stack = Stack(tmp_path, guard, program)
            async with asyncio.timeout(SECONDS):
                await stack.started()
                try:
                    await scenario(stack, stack.broker)
                finally:
                    stack.broker.end_now()
                    await stack.broker.stop(SECONDS)

        asyncio.run(whole())

    yield run_one
    guard.close()


def test_it_is_away_when_the_call_returns_and_comes_back_by_itself(run):
    async def scenario(stack, broker):
        first = broker.pid
        await restart_broker(stack, 1)
        assert (broker.pid, broker.state) == (None, "restarting")

        assert await stack.wait_for(lambda: broker.state == "running", SECONDS)
        assert (broker.pid != first, broker.restarts) == (True, 1)
        await restart_broker(stack, 0.1)  # and it may be done again

    run(scenario)


def test_it_stays_away_as_long_as_was_asked_and_not_as_long_as_after_a_crash(run, monkeypatch):
    monkeypatch.setattr(child, "FIRST_BACKOFF", SECONDS * 10)

    async def scenario(stack, broker):
        await restart_broker(stack, 0.1)
        assert await stack.wait_for(lambda: broker.state == "running", SECONDS / 2)

    run(scenario)


def test_a_second_call_is_refused_while_it_stops_and_while_it_is_down(run):
    async def scenario(stack, broker):
        stopping = asyncio.create_task(restart_broker(stack, 60))
        await asyncio.sleep(0)
        assert broker.pid is not None, "it has not ended yet"
        with pytest.raises(StackError, match="being restarted already"):
            await restart_broker(stack, 1)
        await stopping
        with pytest.raises(StackError, match="being restarted already"):
            await restart_broker(stack, 1)

    run(scenario)


def test_the_end_of_everything_does_not_wait_for_it(run):
    async def scenario(stack, broker):
        await restart_broker(stack, 60)
        await broker.stop(SECONDS)
        assert (broker.pid, broker.state, broker.restarts) == (None, "stopped", 0)

    run(scenario)


def test_one_that_does_not_stop_is_killed(run, monkeypatch):
    monkeypatch.setattr(broker_restart, "STOP_SECONDS", 0.2)

    async def scenario(stack, broker):
        await restart_broker(stack, 60)
        assert (broker.pid, broker.state) == (None, "restarting")

    run(scenario, DEAF)


@pytest.mark.parametrize(
    ("state", "phase"), [("restarting", "ready"), ("paused", "ready"), ("running", "starting")]
)
def test_one_that_does_not_run_is_not_restarted(run, state, phase):
    async def scenario(stack, broker):
        broker.state, stack.progress.phase = state, phase
        with pytest.raises(StackError, match=state if phase == "ready" else phase):
            await restart_broker(stack, 1)
        assert not broker.is_leaving

    run(scenario)


@pytest.mark.parametrize("seconds", [0, 0.05, 60.1, -1])
def test_an_impossible_time_is_named(run, seconds):
    async def scenario(stack, broker):
        with pytest.raises(InvalidValue) as refused:
            await restart_broker(stack, seconds)
        assert refused.value.field == "down_seconds"
        assert not broker.is_leaving

    run(scenario)


def test_somebody_elses_broker_is_left_alone(tmp_path):
    settings = read_settings({"PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS": "kafka.example:9092"})
    stack = SimpleNamespace(settings=settings, broker=None, progress=SimpleNamespace(phase="ready"))

    with pytest.raises(AbilityMissing, match=r"kafka\.example:9092 is not ours") as refused:
        asyncio.run(restart_broker(stack, 1))
    assert "PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS" in refused.value.next_step
