"""The start of the local stack's ksqlDB: its image before anything else, its statements last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.errors import Conflict, EnvironmentMissing, KsqlDbRefused
from playground.local import ksqldb
from playground.local.child import Child, ChildSpec
from playground.local.docker import remove_command
from playground.local.threads import in_thread
from playground.settings import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.local.guard import Guard
    from playground.local.progress import Step
    from playground.local.supervisor import Supervisor

IMAGE, KSQLDB = "ksqlDB's image", "ksqlDB"
# 45 s on two busy cores when it starts for the first time.
READY_SECONDS = 240.0


async def have_image(stack: Supervisor, teller: Callable[[Step], Callable[[str], None]]) -> None:
    """Docker and the image are there, or nothing is started.

    Raises EnvironmentMissing.
    """
    with stack.progress.step(IMAGE) as step:
        say = teller(step)
        await in_thread(lambda: ksqldb.require(stack.settings, say))
        stack.progress.say(step, stack.settings.ksqldb.image)


def begin(stack: Supervisor, guard: Guard) -> None:
    """Start the container; it needs longer than everything else."""
    settings = stack.settings
    # What is killed is `docker run` alone: the container would live on.
    guard.run_at_end(remove_command(ksqldb.container_name(settings)))
    stack.ksqldb = Child(
        ChildSpec(
            "ksqldb",
            "ksqldb",
            ksqldb.run_command(settings),
            child_environment(settings),
            log=settings.data_dir / "logs" / "ksqldb.log",
            probe=lambda: ksqldb.answers(settings),
        ),
        guard,
        stack.changed,
    )
    stack.ksqldb.start()


async def finish(stack: Supervisor) -> None:
    """Wait until it answers and make the streams and tables of ksql/.

    Statements that ksqlDB does not take are said and change nothing else: the way out of a conflict is a
    DROP, which needs a server. Raises EnvironmentMissing when the server does not come.
    """
    child = stack.ksqldb
    assert child is not None  # noqa: S101 - `begin` comes first
    with stack.progress.step(KSQLDB) as step:
        stack.progress.say(step, str(stack.settings.ksqldb.url))
        await stack.wait_for(lambda: child.state in {"running", "restarting"}, READY_SECONDS)
        if child.state != "running":
            how = f"ended ({child.last_exit})" if child.state == "restarting" else "does not answer"
            raise EnvironmentMissing(
                f"ksqlDB {how} while it starts: {child.last_words()}", next_step=f"see {child.spec.log}"
            )
        try:
            steps = await in_thread(lambda: ksqldb.apply_statements(stack.settings))
        except (Conflict, KsqlDbRefused) as error:
            first = str(error).partition("\n")[0]
            stack.progress.say(step, f"ksql/ was not applied: {first}; next: playground ksql apply")
        else:
            made = sum(each.done == "made" for each in steps)
            stack.progress.say(
                step, f"{stack.settings.ksqldb.url}, {made} of {len(steps)} statements were new"
            )
