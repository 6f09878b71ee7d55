"""A group as the broker describes it."""

from types import SimpleNamespace

from confluent_kafka import ConsumerGroupState, ConsumerGroupType, TopicPartition

from playground.groups import Group, Member, _group


def member(owned, target):
    """A member with these partitions of one topic."""
    places = tuple(("orders", n) for n in owned)
    return Member(
        "m", "processor-1", "/1.2.3.4", None, places, target and tuple(("orders", n) for n in target)
    )


def test_a_member_that_does_not_own_its_target_means_rebalancing():
    assert Group("g", "stable", members=(member([0], [0, 1]),)).rebalancing
    assert not Group("g", "stable", members=(member([0], [0]), member([1], None))).rebalancing


def test_a_classic_group_is_rebalancing_when_its_state_says_so():
    assert Group("g", "preparing_rebalance").rebalancing
    assert not Group("g", "empty").rebalancing


def test_everything_the_broker_says_is_kept():
    described = SimpleNamespace(
        group_id="g",
        state=ConsumerGroupState.STABLE,
        type=ConsumerGroupType.CONSUMER,
        partition_assignor="uniform",
        coordinator=SimpleNamespace(id=3),
        members=[
            SimpleNamespace(
                member_id="m-1",
                client_id="processor-1",
                host="/127.0.0.1",
                group_instance_id="",
                assignment=SimpleNamespace(topic_partitions=[TopicPartition("orders", 1)]),
                target_assignment=SimpleNamespace(topic_partitions=[]),
            )
        ],
    )

    found = _group(described)

    assert (found.state, found.type, found.assignor, found.coordinator) == (
        "stable",
        "consumer",
        "uniform",
        3,
    )
    assert found.members == (Member("m-1", "processor-1", "/127.0.0.1", None, (("orders", 1),), ()),)
    assert found.rebalancing
    assert found.owners()["orders", 1].client_id == "processor-1"


def test_a_state_without_a_name_in_librdkafka_is_one_of_kip_848s():
    described = SimpleNamespace(
        group_id="g",
        state=ConsumerGroupState.UNKNOWN,
        type=ConsumerGroupType.CONSUMER,
        partition_assignor="",
        coordinator=None,
        members=[],
    )

    assert _group(described).state == "reconciling"
