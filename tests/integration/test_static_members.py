"""Static membership: one setting makes every replica a static member, and a restart moves nothing."""

import json

import pytest
from support.asking import ask

from playground.waiting import wait_until

GROUP = "fixed"


@pytest.fixture(params=["consumer", "classic"])
def start(request, system):
    """Starts a worker of a group whose members are missed after 45 s, longer than a test takes."""
    ask(
        system.settings.api.url,
        "PUT",
        f"/groups/{GROUP}/config",
        json.dumps({"session_timeout_ms": 45_000}).encode(),
        content_type="application/json",
    )

    def start_one(number):
        return system.start_worker(
            "processor",
            number,
            CONSUMER_GROUP_ID=GROUP,
            CONSUMER_GROUP_INSTANCE_ID="{worker}",
            CONSUMER_GROUP_PROTOCOL=request.param,
            CONSUMER_SESSION_TIMEOUT_MS="45000",
        )

    return start_one


def test_a_static_member_that_is_restarted_gets_its_partitions_and_nobody_else_notices(system, start):
    def owned():
        """Member's instance id -> its partitions, when all six are owned."""
        members = system.get(f"/groups/{GROUP}")["members"]
        found = {
            one["group_instance_id"]: [each["partition"] for each in one["assignment"]] for one in members
        }
        return found if sum(map(len, found.values())) == 6 and all(found.values()) else None

    first, second = start(1), start(2)
    before = wait_until(
        lambda: (found := owned()) and len(found) == 2 and found,
        "both to own some",
        30,
        ignore=(AssertionError,),
    )
    assert before.keys() == {"processor-1", "processor-2"}
    wait_until(lambda: settled(first, before) and settled(second, before), "both to have said so", 30)
    seen = len(first.events)

    assert second.stop() == 0

    assert second.events[-2]["event"] == "partitions_revoked", "it has given them up, as it sees it"
    assert second.events[-1]["event"] == "shutdown_complete"
    assert owned() == before, "the broker keeps them for it"
    refused = ask(system.settings.api.url, "DELETE", f"/groups/{GROUP}")
    assert (refused.status, "processor-2" in refused.document["detail"]) == (409, True)

    again = start(2)
    wait_until(lambda: settled(again, before), "the same partitions", 30)
    assert owned() == before
    moved = [one for one in first.events[seen:] if one["event"].startswith("partitions_")]
    assert not [one for one in moved if one["partitions"]], "processor-1 has neither lost nor got any"


def settled(worker, owners):
    """Whether the worker's last word on its partitions is what the broker says."""
    said = [one["owned"] for one in list(worker.events) if one["event"].startswith("partitions_")]
    return bool(said) and said[-1] == owners[worker.name]
