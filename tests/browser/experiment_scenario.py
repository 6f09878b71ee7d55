"""Experiments and a run as the API describes them: what the page of experiments asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.clock import iso

if TYPE_CHECKING:
    from browser.fake_api import FakeApi

RUN = "rebalance/20261123T063600Z"
ROUTE = f"/runs/{RUN}"
GROUP = "rebalance-20261123t063600z-members"
BEGAN = 1_795_415_760_000
PREDICTION = {
    "question": "The topic has 6 partitions. What do 8 members of one group do?",
    "options": {"A": "All 8 work.", "B": "6 work, 2 have nothing to do.", "C": "The group refuses two."},
}

NOT_HERE = {
    "runnable": False,
    "why_not": "it needs Killable",
    "next_step": "start the whole with `playground up`",
}


def summary(name: str = "rebalance", **more: Any) -> dict[str, Any]:
    """One line of GET /experiments."""
    return {
        "name": name,
        "title": "Members come and go",
        "question": "Who owns which partition when a group grows and shrinks?",
        "minutes": 0.7,
        "needs": [],
        "runnable": True,
        "why_not": None,
        "next_step": None,
        **more,
    }


def experiment(name: str = "rebalance", **more: Any) -> dict[str, Any]:
    """GET /experiments/{name}."""
    return {
        **summary(name),
        "story": "A consumer group shares the partitions of a topic among its members.",
        "prediction": PREDICTION,
        "claims": [{"name": "one-owner", "claim": "Every partition has exactly one owner"}],
        "steps": ["scale to 3", "scale to 8"],
        "settings": [
            {"name": "members", "default": [1, 3, 8], "bounds": "", "description": "numbers of members"},
            {"name": "rate", "default": 240.0, "bounds": "at least 1, at most 5000", "description": "orders"},
        ],
        **more,
    }


def progress(**more: Any) -> dict[str, Any]:
    """The event `run`, and a part of GET /runs/{experiment}/{time}."""
    return {
        "run": RUN,
        "experiment": "rebalance",
        "title": "Members come and go",
        "started_at": iso(BEGAN),
        "state": "running",
        "verdict": None,
        "phase": "act",
        "step": 2,
        "of": 2,
        "step_title": "scale to 8",
        "elapsed_seconds": 9.5,
        "lag": 17,
        "orders": 2280,
        **more,
    }


def run_view(**more: Any) -> dict[str, Any]:
    """GET /runs/{experiment}/{time} while it runs."""
    return {
        "progress": progress(),
        "steps": ["scale to 3", "scale to 8"],
        "steps_done": 1,
        "settings": {"members": [1, 3, 8], "rate": 240.0},
        "prediction": "A",
        "observations": 6,
        "problems": [],
        "outcome": None,
        **more,
    }


def judged(verdict: str = "passed", **more: Any) -> dict[str, Any]:
    """The same when it has a verdict; `more` goes into what it has shown."""
    checks = [
        {
            "name": "one-owner",
            "claim": "Every partition has one owner",
            "verdict": verdict,
            "detail": "6 of 6",
        },
        {"name": "idle", "claim": "Two members are idle", "verdict": "passed", "detail": "2 of 8"},
    ]
    table = {
        "title": "Rebalances",
        "columns": ["members", "longest pause (ms)"],
        "rows": [["1 to 3", 168], ["3 to 8", None]],
        "note": "A pause is the longest stretch without an order.",
    }
    outcome = {
        "checks": checks,
        "tables": [table],
        "prediction": "A",
        "answer": "B",
        "explanation": "One owner.",
    }
    done = progress(state="finished", verdict=verdict, phase="end", lag=0)
    return run_view(progress=done, steps_done=2, outcome=outcome | more)


def observations() -> list[dict[str, Any]]:
    """A member has all partitions, and gives half of them to another one."""

    def at(seconds: float, kind: str, **data: Any) -> dict[str, Any]:
        return {"at": iso(BEGAN + int(seconds * 1000)), "kind": kind, **data}

    def worker(seconds: float, event: str, name: str, **data: Any) -> dict[str, Any]:
        return at(seconds, "worker", event=event, worker=name, group_id=GROUP, **data)

    return [
        at(0, "phase", name="prepare"),
        worker(0.5, "startup_complete", "processor-1"),
        worker(1, "partitions_assigned", "processor-1", partitions=[0, 1, 2, 3]),
        at(4, "step", title="scale to 3", number=1, of=2),
        worker(5, "partitions_revoked", "processor-1", partitions=[2, 3]),
        worker(5.4, "partitions_assigned", "processor-2", partitions=[2, 3]),
    ]


def timeline(*, finished: bool = False, after: int = 0) -> dict[str, Any]:
    """GET /runs/{experiment}/{time}/timeline."""
    found = observations()[after:]
    return {
        "run": RUN,
        "after": after,
        "next": after + len(found),
        "finished": finished,
        "observations": found,
    }


def runs(*states: tuple[str, str | None], running: str | None = None) -> dict[str, Any]:
    """GET /runs; `states`: state and verdict of each."""
    lines = [
        {"run": RUN, "experiment": "rebalance", "started_at": iso(BEGAN), "state": state, "verdict": verdict}
        for state, verdict in states
    ]
    return {"running": running, "runs": lines}


def script_experiments(api: FakeApi) -> None:
    """Two experiments, one of which cannot run here; nothing has run."""
    lost = summary("crash", title="A member is lost", **NOT_HERE)
    api.answer("GET", "/experiments", {"experiments": [summary(), lost]})
    api.answer("GET", "/experiments/rebalance", experiment())
    crash = experiment("crash", title="A member is lost", **NOT_HERE)
    api.answer("GET", "/experiments/crash", crash)
    api.answer("GET", "/runs", runs())


def let_run(api: FakeApi) -> None:
    """A run is under way, in its second step."""
    api.answer("GET", "/runs", runs(("running", None), running=RUN))
    api.answer("GET", ROUTE, run_view())
    api.answer("GET", f"{ROUTE}/timeline", timeline())


def let_end(api: FakeApi, verdict: str = "passed", **more: Any) -> None:
    """It has come to its verdict."""
    api.answer("GET", "/runs", runs(("finished", verdict)))
    api.answer("GET", ROUTE, judged(verdict, **more))
    api.answer("GET", f"{ROUTE}/timeline", timeline(finished=True))
