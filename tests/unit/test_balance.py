"""The audit's arithmetic: what balances, and what never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.audit import balance
from playground.errors import KafkaUnavailable
from playground.offsets import Span
from playground.store.model import Account, Position

counts = st.integers(0, 10_000)


def account(first, following, processed, duplicates=0, dead=0):
    """What the database holds for a partition."""
    position = Position("g", "orders", "id", 0, first, following)
    return Account(position, processed, duplicates, dead)


@given(first=counts, processed=counts, duplicates=counts, dead=counts, pending=counts)
def test_what_was_handled_and_what_waits_is_all_there_is(first, processed, duplicates, dead, pending):
    following = first + processed + duplicates + dead
    found = balance(
        Span(first, following + pending), account(first, following, processed, duplicates, dead), 0
    )

    assert found.balanced
    assert found.pending == pending
    assert found.end_offset - found.start_offset == processed + duplicates + dead + found.pending


@given(first=counts, processed=counts, error=st.integers(-50, 50).filter(bool))
def test_one_result_too_many_or_too_few_is_noticed(first, processed, error):
    following = first + processed + 100
    found = balance(Span(first, following + 5), account(first, following, processed + 100 + error), 0)

    assert not found.balanced
    assert found.reason


def test_records_before_the_first_that_the_group_passed_over_are_noticed():
    found = balance(Span(0, 10), account(4, 10, 6), 0)

    assert not found.balanced
    assert "4 records were passed over" in found.reason


def test_records_that_retention_took_after_they_were_handled_are_no_loss():
    assert balance(Span(8, 10), account(0, 10, 10), 0).balanced


def test_records_that_retention_took_before_they_were_read_are_a_loss():
    found = balance(Span(8, 10), account(0, 5, 5), 0)

    assert not found.balanced
    assert "3 records were deleted before they were read" in found.reason


def test_a_log_that_was_cut_is_noticed():
    found = balance(Span(0, 4), account(0, 10, 10), 0)

    assert not found.balanced
    assert found.pending == 0


def test_without_an_account_everything_waits():
    found = balance(Span(3, 10), None, 0)

    assert (found.start_offset, found.pending, found.balanced) == (3, 7, True)


def test_offsets_that_cannot_be_read_are_no_balance():
    with pytest.raises(KafkaUnavailable):
        balance(Span(None, None, "no leader"), None, 0)
