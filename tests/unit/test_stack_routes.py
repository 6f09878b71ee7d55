"""The routes of a stack that can do less than the local one, and for how long a request waits."""

from types import SimpleNamespace

import pytest

from api import load as load_routes
from api import stack as routes
from api.guard import Guard
from api.routing import Call
from playground.errors import AbilityMissing
from playground.settings import read_settings
from playground.stack import WorkerInstance

BROWSER_SECONDS = 15
WORKER = WorkerInstance("processor-1", "processor", None, "running", "order-processor", 0)


class PlainStack:
    """It can list its workers and scale them, as every stack."""

    def __init__(self):
        self.scaled = []

    def workers(self):
        return [WORKER]

    def scale(self, kind, replicas, environment=None, *, wait_seconds=None):
        self.scaled.append((kind, replicas, environment, wait_seconds))
        return [WORKER]

    def environment(self, _kind):
        return {}


class FreezableStack(PlainStack):
    """It can freeze its workers, but not kill them."""

    def pause(self, _worker):
        return WORKER

    def resume(self, _worker):
        return WORKER


def call(stack, settings=None, **body):
    guard = Guard(read_settings(settings or {}).api)
    return Call(
        SimpleNamespace(stack=stack, guard=guard),
        {"name": "processor-1", "kind": "processor"},
        body=SimpleNamespace(**body),
    )


def test_a_stack_says_what_it_can_do():
    assert routes.stack(call(PlainStack())).abilities == ["scale"]
    assert routes.stack(call(FreezableStack())).abilities == ["scale", "pause"]
    assert routes.stack(call(None)).abilities == []


def test_an_api_that_is_not_for_control_shows_workers_and_says_why_nothing_can_be_done():
    off = {"PLAYGROUND_API_CONTROL": "false"}

    shown = routes.stack(call(FreezableStack(), off))
    load = load_routes.load(call(None, off))

    assert ([one.name for one in shown.workers], shown.abilities) == (["processor-1"], [])
    for view in (shown, load):
        assert view.why_not
        assert "PLAYGROUND_API_CONTROL=true" in view.next_step
    assert routes.stack(call(FreezableStack())).why_not is None


@pytest.mark.parametrize("stack", [None, PlainStack(), FreezableStack()], ids=["none", "plain", "freezable"])
def test_what_a_stack_cannot_do_is_said_with_what_to_do_instead(stack):
    able = {"pause", "resume"} if isinstance(stack, FreezableStack) else set()
    for name in ("kill", "pause", "resume"):
        if name in able:
            assert getattr(routes, name)(call(stack)).name == "processor-1"
        else:
            with pytest.raises(AbilityMissing) as refused:
                getattr(routes, name)(call(stack))
            assert refused.value.next_step


def test_scaling_keeps_settings_and_ends_before_a_browser_gives_up():
    stack = PlainStack()

    routes.scale(call(stack, replicas=3))

    ((kind, replicas, environment, seconds),) = stack.scaled
    assert (kind, replicas, environment) == ("processor", 3, None)
    assert 10 < seconds < BROWSER_SECONDS, "a worker may take 10 s to stop"
