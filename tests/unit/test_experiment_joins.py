"""Each claim of `joins` holds on a good timeline and fails on a doctored one."""

import zlib

import pytest
from support.timelines import START, Story
from support.verdicts import having, judged, verdicts_of

from playground.experiments.joins import EXPERIMENT, STEP_MS, JoinsSettings
from playground.partitioner import partition_of

CLAIMS = {"co-partitioned", "other-partitioner", "other-number", "too-late"}
TOPICS = ("orders", "users-same", "users-partitioner", "users-number")


def java(partitions):
    return lambda key: partition_of(key.encode(), partitions)


def crc(partitions):
    return lambda key: zlib.crc32(key.encode()) % partitions


def run(*, late=True, places=None, **settings):
    """Users, newcomers and orders as the experiment writes them; `places`: topic -> where a key goes."""
    given = JoinsSettings(**settings)
    place = {
        "orders": java(given.partitions),
        "users-same": java(given.partitions),
        "users-partitioner": crc(given.partitions),
        "users-number": java(given.other_partitions),
        **(places or {}),
    }
    story = Story(partitions=6)
    story.seen[0].data["settings"] = {
        "partitions": given.partitions,
        "other_partitions": given.other_partitions,
    }
    users = [f"user-{number + 1}" for number in range(given.users)]
    half = START + given.orders // 2 * STEP_MS + 1
    profiles = [(user, half if late and n < given.newcomers else START) for n, user in enumerate(users)]
    orders = [(users[n % len(users)], START + (n + 1) * STEP_MS) for n in range(given.orders)]
    for number, topic in enumerate(TOPICS):
        rows, ends = [], {}
        for key, time in orders if topic == "orders" else profiles:
            partition = place[topic](key)
            rows.append([key, "", time, partition, ends.setdefault(partition, 0)])
            ends[partition] += 1
        story.add(1 + number, "written", topic=f"lab.run-{topic}", partitioner="", records=rows)
        in_partitions = sorted(rows, key=lambda row: row[3:])
        story.add(11 + number, "read", topic=f"lab.run-{topic}", records=in_partitions)
    return story


def test_a_good_run_passes_all_and_answers_the_question():
    story = run()

    assert having(verdicts_of(EXPERIMENT, story), "passed") >= CLAIMS
    assert judged(EXPERIMENT, story).answer == "C"
    rows = judged(EXPERIMENT, story).tables[0].rows
    assert rows[0][1:4] == [200, 185, 92]
    assert all(0 < row[2] < 100 for row in rows[1:])


def test_a_profile_that_lies_elsewhere_although_it_should_not_is_found():
    story = run(places={"users-same": lambda key: (java(6)(key) + (key == "user-9")) % 6})

    found = {check.name: check for check in judged(EXPERIMENT, story).checks}

    assert found["co-partitioned"].verdict == "failed"
    assert "user-9" in found["co-partitioned"].detail


def test_profiles_that_lie_where_no_partitioner_puts_them_are_found():
    story = run(places={"users-partitioner": lambda _key: 0, "users-number": lambda _key: 0})

    assert having(verdicts_of(EXPERIMENT, story), "failed") == {"other-partitioner", "other-number"}


def test_the_same_number_twice_proves_nothing():
    assert having(verdicts_of(EXPERIMENT, run(other_partitions=6)), "inconclusive") & CLAIMS == {
        "other-number"
    }


def test_a_partitioner_that_happens_to_agree_proves_nothing():
    story = run(users=2, newcomers=0, partitions=2, orders=40)  # both put both users on partition 0

    assert "other-partitioner" in having(verdicts_of(EXPERIMENT, story), "inconclusive")


def test_without_newcomers_nothing_is_said_of_late_profiles():
    assert having(verdicts_of(EXPERIMENT, run(newcomers=0)), "inconclusive") & CLAIMS == {"too-late"}
    assert having(verdicts_of(EXPERIMENT, run(late=False)), "inconclusive") & CLAIMS == {"too-late"}


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("kind", ["written", "read"])
def test_records_that_are_missing_make_it_inconclusive(kind, topic):
    story = run()
    [seen] = [each for each in story.timeline().of(kind) if each["topic"].endswith(f"-{topic}")]
    seen["records"].pop()

    verdicts = verdicts_of(EXPERIMENT, story)

    expected = {
        "orders": CLAIMS,
        "users-same": CLAIMS,
        "users-partitioner": {"other-partitioner"},
        "users-number": {"other-number"},
    }
    assert having(verdicts, "inconclusive") & CLAIMS == expected[topic]
    assert having(verdicts, "failed") == set()
