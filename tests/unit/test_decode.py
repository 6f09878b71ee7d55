"""Messages become batches; nothing that is not ours or not in order gets in."""

import pytest

from workers.decode import decode

VALUE = b'{"order_id":%d,"user":"a","item":"b","qty":1}'


class FakeMessage:
    """The four questions that `decode` asks of a librdkafka message."""

    def __init__(self, partition, offset, value=None):
        self._answers = (partition, offset, value or VALUE % (offset + 1))

    def partition(self):
        return self._answers[0]

    def offset(self):
        return self._answers[1]

    def value(self):
        return self._answers[2]

    def timestamp(self):
        return (1, 1_795_410_760_833)


def messages(partition, *offsets):
    return [FakeMessage(partition, offset) for offset in offsets]


def test_messages_are_sorted_by_partition():
    batches, gaps = decode([*messages(0, 5, 6), *messages(1, 0), *messages(0, 7)], {0: 5, 1: 0}, {})

    assert gaps == {}
    assert (batches[0].expected, batches[0].next_offset, len(batches[0].rows)) == (5, 8, 3)
    assert (batches[1].expected, batches[1].next_offset, len(batches[1].rows)) == (0, 1, 1)


def test_a_partition_that_was_revoked_during_the_call_is_dropped():
    batches, _ = decode(messages(3, 0, 1), {0: 0}, {})

    assert batches == {}


def test_offsets_before_the_position_are_dropped():
    batches, _ = decode(messages(0, 3, 4, 5), {0: 5}, {})

    assert [row[6] for row in batches[0].rows] == [5]


@pytest.mark.parametrize("offsets", [(5, 6, 9, 10), (5, 6, 9, 7)])
def test_nothing_beyond_a_gap_is_taken(offsets):
    batches, gaps = decode(messages(0, *offsets), {0: 5}, {})

    assert batches[0].next_offset == 7
    assert gaps == {0: 9}


def test_a_gap_that_is_still_there_after_a_seek_is_crossed():
    batches, gaps = decode(messages(0, 9, 10), {0: 7}, {0: 9})

    assert gaps == {}
    assert (batches[0].expected, batches[0].next_offset) == (7, 11)


def test_a_record_that_is_no_order_becomes_a_dead_letter_and_the_batch_goes_on():
    batches, _ = decode([FakeMessage(0, 0, b"nonsense"), *messages(0, 1)], {0: 0}, {})

    assert [letter.offset for letter in batches[0].dead_letters] == [0]
    assert [row[6] for row in batches[0].rows] == [1]
    assert batches[0].next_offset == 2
