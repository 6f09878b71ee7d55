"""Experiments have teeth: on a real stack that is broken on purpose, the check that is about it fails.

That the same experiments pass on an honest stack is what test_experiments.py is about; here it is seen
once, so that no failure comes from the way this stack is started.
"""

import json

import pytest
from support.broken_playground import BrokenPlayground
from support.verdicts import having

pytestmark = [pytest.mark.slow, pytest.mark.alone]
RUN_SECONDS = 150
SHORT = {
    "rebalance": ["members=1,2", "watch_seconds=2"],
    "crash": ["members=2"],
    "lag": ["slow_seconds=5", "nobody_seconds=1", "rate=120"],
}


@pytest.fixture(scope="module")
def playground(tmp_path_factory):
    with BrokenPlayground(tmp_path_factory.mktemp("broken") / "data") as process:
        process.up()
        yield process


def run(playground, experiment):
    """The verdict of a short run, its exit code, and name of each check -> (its verdict, why)."""
    settings = [word for pair in SHORT[experiment] for word in ("--set", pair)]
    arguments = ("experiment", "run", experiment, *settings, "-o", "json")
    done = playground.run(*arguments, check=None, seconds=RUN_SECONDS)
    assert done.stdout, done.stderr
    judgement = json.loads(done.stdout)
    checks = {check["name"]: (check["verdict"], check["detail"]) for check in judgement["checks"]}
    return judgement["verdict"], done.returncode, checks


def assert_caught(playground, experiment, check, words):
    """The run has failed, and so has the named check, for the reason that is meant."""
    verdict, code, checks = run(playground, experiment)

    assert (verdict, code) == ("failed", 1), checks
    assert checks[check][0] == "failed", checks
    assert words in checks[check][1], checks


def test_honest_workers_pass_what_catches_the_others(playground):
    playground.break_processors(None)

    _verdict, _code, checks = run(playground, "rebalance")

    verdicts = {name: verdict for name, (verdict, _why) in checks.items()}
    # Two members leave nobody idle, so that one claim cannot be looked at.
    assert having(verdicts, "passed") == verdicts.keys() - {"idle-members"}, checks


@pytest.mark.parametrize(
    ("mutant", "experiment", "check", "words"),
    [
        ("skips_orders", "rebalance", "exactly-once", "passed over without an effect"),
        ("writes_twice", "rebalance", "exactly-once", "came a second time"),
        ("new_id_per_attempt", "rebalance", "exactly-once", "took effect twice"),
        ("works_on", "rebalance", "one-owner", "which it did not own"),
        ("never_leaves", "rebalance", "one-owner", "at once"),
        ("guard_off", "crash", "zombie-refused", "which was somebody else's by then"),
    ],
)
def test_broken_workers_are_caught(playground, mutant, experiment, check, words):
    playground.break_processors(mutant)

    assert_caught(playground, experiment, check, words)


def test_lag_that_is_off_by_one_is_caught(playground):
    playground.break_processors(None)
    playground.break_api("lag_off_by_one")

    assert_caught(playground, "lag", "lag-is-exact", "but end")
