"""/metrics, read back by Prometheus' own parser."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from api.meters import Meters
from api.metrics import render_meters
from playground import metrics
from playground.groups import Group, Member
from playground.lag import compute_lag
from playground.lag_metrics import render_lag
from playground.lag_reader import LagReport
from playground.metrics import ALL_METRICS, Metric, render_metric
from playground.offsets import Snapshot, Span
from workers.health import Health
from workers.worker_metrics import CountedEvents, render_load

# Whatever Unicode has, and in particular what means something in the format.
tricky = st.text('\\n"\n,{}= a', max_size=12)
values = tricky | st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=30)
names = tricky.filter(bool) | st.text(
    st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=20
)


def parse(text):
    """Name and labels -> value, over all families."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def report(group_id="g", topic="t", committed=3, members=()):
    """A report of one group on one partition."""
    places = {} if committed is None else {(topic, 0): committed}
    group = Group(group_id, "stable", "consumer", members=members)
    taken = Snapshot(60_000, 1, {group_id: group}, {group_id: places}, {(topic, 0): Span(1, 9)})
    return LagReport(taken, compute_lag(taken, {(topic, 0, committed or 0): 59_000}))


def labels(**values):
    """Labels as `parse` has them."""
    return tuple(sorted(values.items()))


@given(group_id=names, topic=names)
def test_any_name_of_a_group_and_a_topic_survives(group_id, topic):
    found = parse(render_lag(report(group_id, topic)))

    assert found["kafka_consumergroup_lag", labels(consumergroup=group_id, topic=topic, partition="0")] == 6
    assert found["kafka_topic_partition_current_offset", labels(topic=topic, partition="0")] == 9


@given(values)
def test_any_label_value_survives(value):
    metric = Metric("some_metric", "gauge", "A help with \\ and\na second line.", ("label",))

    assert parse(render_metric(metric, [((value,), 1)])) == {("some_metric", (("label", value),)): 1.0}


def test_the_family_of_kafka_exporter_is_complete():
    found = parse(render_lag(report()))

    at = labels(consumergroup="g", topic="t", partition="0")
    assert found["kafka_consumergroup_lag", at] == 6
    assert found["kafka_consumergroup_current_offset", at] == 3
    assert found["kafka_consumergroup_lag_seconds", at] == 1
    assert found["kafka_consumergroup_lag_sum", labels(consumergroup="g", topic="t")] == 6
    assert found["kafka_consumergroup_current_offset_sum", labels(consumergroup="g", topic="t")] == 3
    assert found["kafka_consumergroup_members", labels(consumergroup="g")] == 0
    assert found["kafka_topic_partition_oldest_offset", labels(topic="t", partition="0")] == 1
    assert found["kafka_topic_partitions", labels(topic="t")] == 1
    assert found["kafka_brokers", ()] == 1
    assert found["playground_group_rebalancing", labels(consumergroup="g", type="consumer")] == 0


def test_each_partition_names_its_owner_and_one_without_has_no_series():
    owned = report(members=(Member("id-1", "processor-1", "host", None, (("t", 0),), None),))

    at = labels(consumergroup="g", topic="t", partition="0", member="processor-1")
    assert parse(render_lag(owned))["playground_partition_owner", at] == 1
    assert not [key for key in parse(render_lag(report())) if key[0] == "playground_partition_owner"]


def test_no_commit_is_said_and_never_minus_one():
    found = parse(render_lag(report("order-processor", "orders", committed=None)))

    at = labels(consumergroup="order-processor", topic="orders", partition="0")
    assert found["playground_partition_uncommitted", at] == 1
    assert found["kafka_consumergroup_lag", at] == 8
    assert ("kafka_consumergroup_current_offset", at) not in found
    assert min(found.values()) >= 0


def test_every_series_is_in_the_table():
    meters = Meters(orders_produced=4)
    meters.answered("POST", "/produce", 201, 0.02)
    events = CountedEvents("processor-1", "g", lambda _topic, _value: None)
    of_workers = events.render(Health(60)) + render_load("load-1", 1, 2)
    text = render_lag(report()) + (render_meters(meters, 1, 2) + of_workers).decode()
    known = {metric.name.removesuffix("_total"): metric for metric in ALL_METRICS}

    for family in text_string_to_metric_families(text):
        assert family.type == known[family.name].type
        wanted = set(known[family.name].labels)
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == wanted


def test_a_histogram_adds_up():
    meters = Meters()
    for seconds in (0.0005, 0.02, 0.02, 99.0):
        meters.answered("POST", "/produce", 201, seconds)
    found = parse(render_meters(meters, 0, 0).decode())
    buckets = {
        dict(at)["le"]: value
        for (name, at), value in found.items()
        if name == "playground_http_request_seconds_bucket"
    }

    assert buckets["0.001"] == 1
    assert buckets["0.025"] == 3
    assert buckets["10.0"] == 3
    assert buckets["+Inf"] == 4


def test_names_are_spelled_as_prometheus_wants_them():
    for metric in ALL_METRICS:
        assert metric.name.endswith("_total") == (metric.type == "counter")
        assert metric.help.endswith(".")
    assert metrics.GROUP_LAG.labels == ("consumergroup", "topic", "partition")
