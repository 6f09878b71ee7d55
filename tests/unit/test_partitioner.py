"""Where keys belong: against librdkafka's own murmur2, and numbers that are known of Java's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.partitioner import murmur2, partition_of

# What org.apache.kafka.common.utils.UtilsTest expects of Utils.murmur2, as numbers with a sign.
OF_JAVA = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "hashed"), OF_JAVA.items(), ids=lambda value: str(value)[:20])
def test_the_hash_is_javas(key, hashed):
    assert murmur2(key) == hashed % 2**32


def test_the_three_age_groups_lie_where_they_were_seen_to_lie():
    assert [partition_of(key, 6) for key in (b"child", b"adult", b"senior")] == [4, 0, 2]


@given(st.binary(max_size=40), st.integers(1, 100))
def test_a_partition_exists(key, partitions):
    assert 0 <= partition_of(key, partitions) < partitions
