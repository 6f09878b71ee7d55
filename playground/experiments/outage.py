"""The time without a broker, out of a timeline: what was answered meanwhile, and how work began again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.experiments.checks import no_worker_restarted
from playground.experiments.lag_seen import total_lag
from playground.experiments.ownership import read_handled
from playground.experiments.verdict import Verdict, failed, inconclusive, passed

if TYPE_CHECKING:
    from playground.experiments.ownership import Moment
    from playground.experiments.timeline import Observation, Timeline
    from playground.experiments.verdict import Finding

UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Outage:
    """`asked`: the broker was told to stop; `away`: it had ended; `begun`: its next process was begun.

    `ready`: when the API said so. `acknowledged`, `handled`: the first orders after `begun`.
    `over`: both the API and a customer had seen that orders are taken again. None: it was never seen.
    `answers`: what the customer was told about requests that overlap the time from `asked` to `over`.
    """

    asked: Moment
    away: Moment
    begun: Moment
    ready: Moment | None
    acknowledged: Moment | None
    handled: Moment | None
    over: Moment | None
    answers: list[Observation]

    @property
    def while_away(self) -> list[Observation]:
        """Answers to requests that were sent while no broker process ran, whenever they came."""
        return [each for each in self.answers if self.away < _sent_at(each) < self.begun]

    @property
    def impossible(self) -> list[Observation]:
        """Orders that were sent and acknowledged while there was no broker.

        One that was sent before may be told of late: together with others of its request that had to wait.
        """
        return [each for each in self.while_away if each.kind == "accepted" and each.at < self.begun]

    def after_begin(self, moment: Moment | None) -> float | None:
        """Seconds from the begin of the broker's next process."""
        return None if moment is None else (moment - self.begun) / 1000


def read_outage(timeline: Timeline, group_id: str) -> Outage | None:
    """The one of the run; None when the broker was never taken away."""
    asked = next((each for each in timeline.of("action") if each["action"] == "restart_broker"), None)
    done = next((each for each in timeline.of("done") if each["action"] == "restart_broker"), None)
    if asked is None or done is None:
        return None
    begun = done.at + round(asked["down_seconds"] * 1000)
    batches = read_handled(timeline, group_id).values()
    handled = [each.at for some in batches for each in some if each.at >= begun]
    ready = next((each.at for each in timeline.marks("broker_ready")), None)
    acknowledged = next((each.at for each in timeline.of("accepted") if each.at >= begun), None)
    over = None if ready is None or acknowledged is None else max(ready, acknowledged)
    return Outage(
        asked=asked.at,
        away=done.at,
        begun=begun,
        ready=ready,
        acknowledged=acknowledged,
        handled=min(handled, default=None),
        over=over,
        answers=[
            each
            for each in timeline.of("accepted", "refused")
            if each.at >= asked.at and (over is None or _sent_at(each) < over)
        ],
    )


def refused_in_time(timeline: Timeline, group_id: str, bound_seconds: float) -> Finding:
    """Who ordered until the broker was ready again was told so, with 503, or served, within the bound."""
    outage = read_outage(timeline, group_id)
    if outage is None:
        return inconclusive("the broker was not taken away")
    refused = [each for each in outage.answers if each.kind == "refused"]
    if outage.impossible:
        return failed(f"{outage.impossible[0]['count']} orders were acknowledged while there was no broker")
    for each in outage.answers:
        if each["seconds"] > bound_seconds:
            return failed(f"a customer waited {each['seconds']:.1f} s for an answer, not {bound_seconds:g}")
    # 207: a batch that was cut in two by the broker's end; its answer says it of each order.
    if wrong := [each for each in refused if each["status"] not in {UNAVAILABLE, 207}]:
        return failed(f"a customer was told {wrong[0]['status'] or 'nothing'}: {wrong[0]['detail']}")
    away = [each for each in refused if each["status"] == UNAVAILABLE]
    if not any(_sent_at(each) < outage.begun for each in away):
        return inconclusive("nobody ordered while the broker was away")
    longest = max(each["seconds"] for each in outage.answers)
    return passed(
        f"{len(away)} requests were answered with 503, nobody waited for longer than {longest:.1f} s",
        seconds=longest,
    )


def workers_came_back(timeline: Timeline, group_id: str) -> Finding:
    """The same processes as before handle orders of every partition again."""
    outage = read_outage(timeline, group_id)
    if outage is None:
        return inconclusive("the broker was not taken away")
    same = no_worker_restarted(timeline, group_id)
    if same.verdict is not Verdict.PASSED:
        return same
    batches = read_handled(timeline, group_id)
    idle = [
        part
        for part in timeline.partitions
        if not any(batch.at >= outage.begun for batch in batches.get(part, ()))
    ]
    if not idle:
        seconds = outage.after_begin(outage.handled)
        return passed(f"{same.detail}; all partitions are handled, the first {seconds} s after its begin")
    fed = {part for each in timeline.of("accepted") if each.at >= outage.begun for part in each["partitions"]}
    text = f"partition {idle[0]} was not handled after the broker was back"
    if str(idle[0]) not in fed:
        return inconclusive(f"{text}, but no order came for it")
    if any(each.at >= outage.begun for each in timeline.of("missed")):
        return inconclusive(f"{text}, but events are missing")
    return failed(text)


def lag_drained(timeline: Timeline, group_id: str, slack: int) -> Finding:
    """Lag came back to what it was before, give or take `slack` records, and nothing is left in the end."""
    outage = read_outage(timeline, group_id)
    if outage is None:
        return inconclusive("the broker was not taken away")
    seen = total_lag(timeline, group_id)
    before = [lag for at, lag in seen if at < outage.asked]
    after = [(at, lag) for at, lag in seen if at >= outage.begun]
    if not before or not after:
        return inconclusive("lag was not seen before and after")
    left = [each for each in timeline.of("audit") if each["name"] == "after" and each["group_id"] == group_id]
    if not left:
        return inconclusive("the balance was not taken in the end")
    if pending := sum(row["pending"] for row in left[-1]["partitions"]):
        return failed(f"{pending} orders are still pending in the end")
    level = max(before) + slack
    drained = drained_at(timeline, group_id, slack)
    if drained is None:
        return failed(f"lag stayed at {after[-1][1]}, it was at most {max(before)} before", lag=after[-1][1])
    return passed(
        f"at most {max(lag for _at, lag in after)}, and {level} or less "
        f"{outage.after_begin(drained):.1f} s after the broker's begin"
    )


def drained_at(timeline: Timeline, group_id: str, slack: int) -> Moment | None:
    """From when on lag stayed at the level of before; None: it did not."""
    outage = read_outage(timeline, group_id)
    if outage is None:
        return None
    seen = total_lag(timeline, group_id)
    level = max((lag for at, lag in seen if at < outage.asked), default=0) + slack
    after = [(at, lag) for at, lag in seen if at >= outage.begun]
    while after and after[-1][1] <= level:
        at, _lag = after.pop()
        if not after or after[-1][1] > level:
            return at
    return None


def _sent_at(answered: Observation) -> float:
    return float(answered.at - answered["seconds"] * 1000)
