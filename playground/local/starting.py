"""The start of the local stack, step by step."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from confluent_kafka import KafkaException

from playground.clients import create_admin
from playground.errors import KafkaUnavailable, StackError
from playground.jobs import GROUP_OF_KIND
from playground.local import starting_ksqldb
from playground.local.broker import START_SECONDS, Broker
from playground.local.child import Child, ChildSpec
from playground.local.probes import answers_200
from playground.local.replicas import Replicas, default_commands
from playground.local.threads import in_thread
from playground.settings import child_environment
from playground.topics import ensure_topics

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playground.local.guard import Guard
    from playground.local.progress import Step
    from playground.local.supervisor import Supervisor
    from playground.settings import Settings

READY_SECONDS = 60.0
EXTERNAL_SECONDS = 15.0
EXTERNAL_NEXT_STEP = "check PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS and its neighbours"
# One unlucky end may be the machine's fault; a second one will be followed by more.
MOST_RESTARTS = 1

JARS, BROKER, TOPICS, API, WORKERS = "Java and Kafka", "broker", "topics", "API", "workers"


class Unwanted(Exception):
    """Raised inside a thread of the start when nobody wants its result any more."""


def step_names(settings: Settings) -> list[str]:
    """The steps of a start, in their order."""
    first, last = ([starting_ksqldb.IMAGE], [starting_ksqldb.KSQLDB]) if settings.ksqldb.own else ([], [])
    jars = [] if settings.kafka.external else [JARS]
    return [*first, *jars, BROKER, TOPICS, API, WORKERS, *last]


def exporter_url(settings: Settings) -> str:
    """Where Prometheus would find the lag."""
    return f"http://{settings.exporter.host}:{settings.exporter.port}/metrics"


async def start(stack: Supervisor, guard: Guard, socket: Path) -> None:
    """Start everything and wait until it is ready.

    Raises a PlaygroundError that says what could not be started and why; what runs by then keeps running.
    """
    if stack.settings.ksqldb.own:
        await starting_ksqldb.have_image(stack, lambda step: _teller(stack, step))
    if stack.settings.kafka.external:
        await _reach_external(stack)
    else:
        await _start_broker(stack, guard)
    with stack.progress.step(TOPICS) as step:
        created = await in_thread(lambda: ensure_topics(stack.settings))
        stack.progress.say(step, f"made {', '.join(created)}" if created else "all there")
    if stack.settings.ksqldb.own:
        starting_ksqldb.begin(stack, guard)
    _start_children(stack, guard, socket)
    with stack.progress.step(API) as step:
        stack.progress.say(step, stack.settings.api.url)
        await _wait_ready(stack, [stack.api] if stack.api else [], lambda: True)
    with stack.progress.step(WORKERS) as step:
        await asyncio.gather(
            stack.replicas["processor"].scale(stack.settings.processors),
            stack.replicas["analytics"].scale(1),
            stack.replicas["exporter"].scale(1),
        )
        workers = [child for replicas in stack.replicas.values() for child in replicas.children]
        stack.progress.say(step, ", ".join(child.spec.name for child in workers))
        partitions = stack.settings.topics.partitions
        await _wait_ready(
            stack, workers, lambda: all(one.is_ready(partitions) for one in stack.replicas.values())
        )
    if stack.settings.ksqldb.own:
        await starting_ksqldb.finish(stack)
    stack.progress.enter("ready")


async def _start_broker(stack: Supervisor, guard: Guard) -> None:
    broker = Broker(stack.settings)

    with stack.progress.step(JARS) as step:
        say = _teller(stack, step)
        command = await in_thread(lambda: broker.prepare(say))
        stack.progress.say(step, "")
    with stack.progress.step(BROKER) as step:
        stack.progress.say(step, stack.settings.kafka.bootstrap_servers)
        environment = child_environment(stack.settings)
        child = stack.broker = Child(
            ChildSpec("broker", "broker", command, environment, log=broker.output, probe=broker.answers),
            guard,
            stack.changed,
        )
        child.start()
        await stack.wait_for(lambda: child.state in {"running", "restarting"}, START_SECONDS)
        if child.state == "restarting":
            raise broker.ended()
        if child.state != "running":
            raise broker.silent(START_SECONDS)


def _teller(stack: Supervisor, step: Step) -> Callable[[str], None]:
    """Lets a thread say what it does, and learn that it is not wanted any more."""
    loop = asyncio.get_running_loop()

    def say(text: str) -> None:
        if stack.stopping:
            raise Unwanted
        loop.call_soon_threadsafe(stack.progress.say, step, text)

    return say


async def _reach_external(stack: Supervisor) -> None:
    kafka = stack.settings.kafka

    def ask() -> None:
        try:
            create_admin(kafka, "playground-up").list_topics(timeout=EXTERNAL_SECONDS)
        except KafkaException as error:
            raise KafkaUnavailable(
                f"the broker at {kafka.bootstrap_servers} does not answer: {error.args[0].str()}",
                next_step=EXTERNAL_NEXT_STEP,
            ) from None

    with stack.progress.step(BROKER) as step:
        stack.progress.say(step, f"{kafka.bootstrap_servers}, not ours")
        await in_thread(ask)


def _start_children(stack: Supervisor, guard: Guard, socket: Path) -> None:
    settings = stack.settings
    commands = default_commands() | (stack.commands or {})
    places = {
        "PLAYGROUND_DATA_DIR": str(settings.data_dir),
        "PLAYGROUND_CONTROL_SOCKET": str(socket),
    }
    readyz, metrics = f"{settings.api.url}/readyz", exporter_url(settings)
    spec = ChildSpec(
        "api",
        "api",
        commands["api"],
        child_environment(settings, places),
        log=settings.data_dir / "logs" / "api.log",
        probe=lambda: answers_200(readyz),
    )
    stack.api = Child(spec, guard, stack.changed)
    stack.api.start()
    for kind in GROUP_OF_KIND:
        stack.replicas[kind] = Replicas(
            kind,
            settings,
            commands[kind],
            guard=guard,
            changed=stack.changed,
            wait_for=stack.wait_for,
            probe=(lambda: answers_200(metrics)) if kind == "exporter" else None,
        )


async def _wait_ready(stack: Supervisor, children: list[Child], more: Callable[[], bool]) -> None:
    def lost() -> Child | None:
        return next((child for child in children if child.restarts > MOST_RESTARTS), None)

    def ready() -> bool:
        return all(child.state == "running" for child in children) and more()

    await stack.wait_for(lambda: ready() or lost() is not None, READY_SECONDS)
    if (child := lost()) is not None:
        raise StackError(
            f"{child.spec.name} keeps ending while it starts: {child.last_words()}",
            next_step=f"see {child.spec.log}",
        )
    if not ready():
        late = next((child for child in children if child.state != "running"), children[-1])
        raise StackError(
            f"{late.spec.name} is {late.state}, but not ready after {READY_SECONDS:g} s: {late.last_words()}",
            next_step=f"see {late.spec.log}",
        )
