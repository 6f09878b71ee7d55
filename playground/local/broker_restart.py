"""Taking the local broker away for a while, in step with everything else that may happen to it.

The supervisor's own task for the broker (`Child`) ends the wait and begins the next life, as after a crash:
there is one place that starts brokers, and `playground down` finds nothing unusual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.errors import AbilityMissing, InvalidValue, StackError

if TYPE_CHECKING:
    from playground.local.supervisor import Supervisor

LEAST_SECONDS = 0.1
MOST_SECONDS = 60.0
# As long as the supervisor gives it at the end of everything.
STOP_SECONDS = 20.0
KILLED_SECONDS = 5.0


async def restart_broker(stack: Supervisor, down_seconds: float) -> None:
    """Stop the broker and return when it has ended; it is started again `down_seconds` later.

    Raises InvalidValue for an impossible time, AbilityMissing when the broker is somebody else's, StackError
    when it does not run now or is being restarted already.
    """
    if not LEAST_SECONDS <= down_seconds <= MOST_SECONDS:
        raise InvalidValue(
            "down_seconds", f"{down_seconds:g}: {LEAST_SECONDS:g} to {MOST_SECONDS:g} are possible"
        )
    if stack.settings.kafka.external:
        raise AbilityMissing(
            f"the broker at {stack.settings.kafka.bootstrap_servers} is not ours to restart",
            next_step="leave out PLAYGROUND_KAFKA_BOOTSTRAP_SERVERS: a broker of its own is started then",
        )
    broker = stack.broker
    if broker is None or stack.progress.phase != "ready":
        raise StackError(f"the playground is {stack.progress.phase}", next_step="`playground status`")
    if broker.is_leaving:
        raise StackError("the broker is being restarted already", next_step="`playground status`")
    if broker.state != "running":
        raise StackError(f"the broker is {broker.state}: only one that runs can be restarted")
    ending = broker.pid

    def ended() -> bool:
        return broker.pid != ending  # not "is None": after a short time down there is a new one

    broker.restart_after(down_seconds)
    if not await stack.wait_for(ended, STOP_SECONDS):
        broker.kill()
        await stack.wait_for(ended, KILLED_SECONDS)
