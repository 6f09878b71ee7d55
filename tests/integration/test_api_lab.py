"""Scratch topics through the API: made, filled with a chosen partitioner, deleted; never other topics."""

import json

import pytest
from support.asking import ask

from playground.scratch_topics import MAX_TOPICS

AGE_GROUPS = ("child", "adult", "senior")


def post(url, path, **body):
    return ask(url, "POST", path, json.dumps(body).encode(), content_type="application/json")


def write(url, topic, keys, **more):
    records = [{"key": key} for key in keys]
    answer = post(url, f"/lab/topics/{topic}/records", records=records, **more)
    assert answer.status == 200, answer.content
    return answer.document["places"]


def listed(url):
    return {each["topic"]: each["partitions"] for each in ask(url, "GET", "/lab/topics").document["topics"]}


@pytest.fixture
def topic(url):
    """Makes scratch topics; they are gone afterwards."""
    made = []

    def make(name, partitions):
        answer = post(url, "/lab/topics", topic=name, partitions=partitions)
        assert (answer.status, answer.document) == (201, {"topic": name, "partitions": partitions})
        made.append(name)
        return name

    yield make
    for name in made:
        assert ask(url, "DELETE", f"/lab/topics/{name}").status in {200, 404}


def test_a_scratch_topic_exists_from_its_making_to_its_end(url, topic):
    name = topic("lab.short-lived", 3)
    assert listed(url)[name] == 3

    answer = ask(url, "DELETE", f"/lab/topics/{name}")

    assert (answer.status, answer.document) == (200, {"topic": name})
    assert name not in listed(url)
    assert ask(url, "DELETE", f"/lab/topics/{name}").status == 404


# What librdkafka's partitioners do with the three age groups: the trap of a key with few values.
@pytest.mark.parametrize(
    ("partitions", "partitioner", "expected"),
    [
        (3, "murmur2_random", [1, 0, 2]),
        (4, "murmur2_random", [0, 0, 0]),
        (6, "murmur2_random", [4, 0, 2]),
        (3, "consistent_random", [2, 2, 2]),
        (6, "consistent_random", [5, 5, 2]),
    ],
)
def test_the_partitioner_decides_where_a_key_goes(url, topic, partitions, partitioner, expected):
    name = topic(f"lab.ages-{partitioner.replace('_', '-')}-{partitions}", partitions)

    for _again in range(2):
        places = write(url, name, AGE_GROUPS, partitioner=partitioner)
        assert [place["partition"] for place in places] == expected


def test_records_stand_in_the_order_they_were_sent(url, topic):
    name = topic("lab.one-partition", 1)

    first = write(url, name, ["a", None, "b"])
    second = write(url, name, [None, "a"], partitioner="consistent_random")

    assert [place["offset"] for place in first + second] == [0, 1, 2, 3, 4]


def test_a_topic_that_is_made_again_has_its_new_partitions(url, topic):
    name = topic("lab.again", 1)
    write(url, name, ["a"])
    assert ask(url, "DELETE", f"/lab/topics/{name}").status == 200
    topic(name, 6)

    places = write(url, name, AGE_GROUPS)

    assert [place["partition"] for place in places] == [4, 0, 2]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"topic": "orders", "partitions": 3}, "topic"),
        ({"topic": "lab.", "partitions": 3}, "topic"),
        ({"topic": "lab.a_b", "partitions": 3}, "topic"),
        ({"topic": "lab.line\n", "partitions": 3}, "topic"),
        ({"topic": "lab.none", "partitions": 0}, "partitions"),
        ({"topic": "lab.many", "partitions": 65}, "partitions"),
        ({"topic": "lab.more", "partitions": 1, "replicas": 2}, "replicas"),
    ],
)
def test_what_cannot_be_a_scratch_topic_is_named(url, body, field):
    answer = post(url, "/lab/topics", **body)

    assert (answer.status, answer.document["field"]) == (422, field)
    assert body["topic"] not in listed(url)


@pytest.mark.parametrize("name", ["orders", "playground.events", "__consumer_offsets", "lab.a%00b"])
def test_other_topics_are_out_of_reach(shared_system, url, name):
    for answer in (
        ask(url, "DELETE", f"/lab/topics/{name}"),
        post(url, f"/lab/topics/{name}/records", records=[{"key": "a"}]),
    ):
        assert (answer.status, answer.document["field"]) == (422, "topic")
    assert "orders" in {each["topic"] for each in shared_system.get("/topics")["topics"]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"records": []}, "records"),
        ({"records": [{"key": "a"}] * 501}, "records"),
        ({"records": [{"key": 5}]}, "records"),
        ({"records": [{"key": "a", "headers": {}}]}, "records"),
        ({"records": [{"key": "a"}], "partitioner": "best"}, "partitioner"),
        ({"partitioner": "murmur2_random"}, None),
    ],
)
def test_records_that_cannot_be_written_are_named(url, topic, body, field):
    name = topic("lab.untouched", 1)

    answer = post(url, f"/lab/topics/{name}/records", **body)

    assert (answer.status, answer.document.get("field")) == (422, field)
    assert write(url, name, ["first"])[0]["offset"] == 0, "nothing was written"


def test_a_topic_that_is_not_there_or_there_already_says_what_to_do(url, topic):
    name = topic("lab.taken", 1)

    again = post(url, "/lab/topics", topic=name, partitions=2)
    missing = post(url, "/lab/topics/lab.elsewhere/records", records=[{"key": "a"}])

    assert (again.status, listed(url)[name]) == (409, 1)
    assert "DELETE /lab/topics/lab.taken" in again.document["next_step"]
    assert missing.status == 404
    assert "lab.taken" in missing.document["detail"]
    assert "lab.elsewhere" not in listed(url)


def test_there_may_be_so_many_and_no_more(url, topic):
    for number in range(MAX_TOPICS - len(listed(url))):
        topic(f"lab.number-{number}", 1)

    answer = post(url, "/lab/topics", topic="lab.one-more", partitions=1)

    assert answer.status == 409
    assert "DELETE /lab/topics/" in answer.document["next_step"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/lab/topics"), ("DELETE", "/lab/topics/lab.a"), ("POST", "/lab/topics/lab.a/records")],
)
def test_pages_of_other_origins_may_not_touch_topics(url, method, path):
    answer = ask(url, method, path, b"{}", content_type="application/json", origin="http://evil.example")

    assert answer.status == 403
