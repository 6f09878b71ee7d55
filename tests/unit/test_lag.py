"""Lag: never negative, whatever races; every missing value has its reason."""

from hypothesis import given
from hypothesis import strategies as st

from playground.groups import Group, Member
from playground.lag import Sums, compute_lag, lagging_places, partition_lag, rates, time_to_drain
from playground.offsets import Snapshot, Span

offsets = st.integers(0, 2**40)
GROUP = "order-processor"


def snapshot(committed, spans, *, members=(), group_id=GROUP, taken_at=100_000):
    """A snapshot of one group."""
    group = Group(group_id, "stable", "consumer", "uniform", 1, tuple(members))
    return Snapshot(taken_at, 1, {group_id: group}, {group_id: committed}, spans)


@given(committed=st.none() | offsets, start=offsets, length=offsets)
def test_lag_is_never_negative(committed, start, length):
    position, lag, reason = partition_lag(committed, Span(start, start + length))

    assert lag >= 0
    assert start <= position <= start + length
    if reason is None:
        assert position == committed
        assert lag == start + length - committed


@given(st.dictionaries(st.integers(0, 20), st.tuples(st.none() | offsets, offsets, offsets), min_size=1))
def test_the_total_is_the_sum_of_the_partitions(partitions):
    committed = {("orders", n): at for n, (at, _, _) in partitions.items() if at is not None}
    spans = {("orders", n): Span(start, start + length) for n, (_, start, length) in partitions.items()}

    found = compute_lag(snapshot(committed, spans), {})[GROUP]

    assert found.total_lag == sum(row.lag for row in found.partitions)
    assert [row.partition for row in found.partitions] == sorted(partitions)


def test_a_partition_without_a_commit_counts_from_its_start_and_says_so():
    found = compute_lag(snapshot({}, {("orders", 0): Span(5, 9)}), {})[GROUP].partitions[0]

    assert (found.committed_offset, found.lag) == (None, 4)
    assert "no commit yet" in found.reason


def test_records_that_were_deleted_unread_still_count_and_are_named():
    _, lag, reason = partition_lag(3, Span(10, 12))

    assert lag == 9
    assert "7 records were deleted" in reason


def test_a_commit_beyond_the_end_is_no_lag_and_says_so():
    position, lag, reason = partition_lag(50, Span(0, 2))

    assert (position, lag) == (2, 0)
    assert "beyond the end" in reason


def test_a_deleted_topic_has_no_lag_and_says_so():
    found = compute_lag(snapshot({("gone", 1): 7}, {}), {})[GROUP]

    assert found.total_lag == 0
    assert found.partitions[0].lag is None
    assert "does not exist" in found.partitions[0].reason


def test_offsets_the_broker_did_not_tell_are_unknown_and_not_zero():
    _, lag, reason = partition_lag(7, Span(None, None, "leader not available"))

    assert lag is None
    assert "leader not available" in reason


def test_a_group_without_members_keeps_its_lag():
    empty = Group(GROUP, "empty", "consumer")
    taken = Snapshot(0, 1, {GROUP: empty}, {GROUP: {("orders", 0): 1}}, {("orders", 0): Span(0, 9)})

    assert compute_lag(taken, {})[GROUP].total_lag == 8


def test_the_owner_of_a_partition_is_named():
    member = Member("m-1", "processor-1", "/127.0.0.1", None, (("orders", 0),), (("orders", 0),))
    spans = {("orders", 0): Span(0, 1), ("orders", 1): Span(0, 1)}

    first, second = compute_lag(snapshot({}, spans, members=[member]), {})[GROUP].partitions

    assert (first.member_id, first.client_id) == ("m-1", "processor-1")
    assert (second.member_id, second.client_id) == (None, None)


def test_another_group_shows_only_topics_that_it_reads():
    spans = {("orders", 0): Span(0, 1), ("other", 0): Span(0, 5), ("other", 1): Span(0, 5)}

    found = compute_lag(snapshot({("other", 0): 2}, spans, group_id="theirs"), {})["theirs"]

    assert [(row.topic, row.partition, row.lag) for row in found.partitions] == [
        ("other", 0, 3),
        ("other", 1, 5),
    ]


def test_lag_in_seconds_is_the_age_of_the_next_record():
    committed = {("orders", 0): 4, ("orders", 1): 9, ("orders", 2): 1}
    spans = {("orders", 0): Span(0, 9), ("orders", 1): Span(0, 9), ("orders", 2): Span(0, 9)}
    taken = snapshot(committed, spans)

    found = compute_lag(taken, {("orders", 0, 4): 97_500})[GROUP]

    assert [row.lag_seconds for row in found.partitions] == [2.5, 0.0, None]
    assert found.max_lag_seconds == 2.5
    assert lagging_places(taken) == {("orders", 0, 4), ("orders", 2, 1)}


def test_a_clock_ahead_of_ours_never_makes_negative_seconds():
    taken = snapshot({("orders", 0): 0}, {("orders", 0): Span(0, 1)})

    assert compute_lag(taken, {("orders", 0, 0): 999_999})[GROUP].partitions[0].lag_seconds == 0.0


def test_rates_come_from_the_oldest_usable_snapshot():
    now = Sums(10_000, 6, 1000, 2000)
    too_old = Sums(-50_000, 6, 0, 0)
    other_partitions = Sums(4000, 3, 0, 0)

    assert rates(now, [too_old, other_partitions, Sums(8000, 6, 900, 1960), Sums(9000, 6, 960, 1980)]) == (
        50.0,
        20.0,
    )
    assert rates(now, [too_old, other_partitions]) == (None, None)
    assert rates(now, []) == (None, None)


def test_a_topic_made_anew_gives_no_rate():
    assert rates(Sums(10_000, 6, 0, 5), [Sums(9000, 6, 1000, 2000)]) == (None, None)


def test_the_compared_sums_are_those_of_the_snapshots():
    spans = {("orders", 0): Span(0, 100), ("orders", 1): Span(0, 50)}
    before = {GROUP: Sums(98_000, 2, 40, 140)}

    found = compute_lag(snapshot({("orders", 0): 90, ("orders", 1): 50}, spans), {}, [before])[GROUP]

    assert (found.consume_rate, found.time_to_drain_seconds) == (50.0, 10 / 45)


def test_time_to_drain():
    assert time_to_drain(100, 30.0, 20.0) == 10.0
    assert time_to_drain(0, None, None) == 0.0
    assert time_to_drain(100, 20.0, 20.0) is None
    assert time_to_drain(100, None, None) is None


@given(lag=st.integers(0, 2**40), consumed=st.floats(0, 1e9), produced=st.floats(0, 1e9))
def test_time_to_drain_is_never_negative(lag, consumed, produced):
    found = time_to_drain(lag, consumed, produced)

    assert found is None or found >= 0
