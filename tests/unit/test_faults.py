"""Faults: of whom, and how long."""

import pytest

from playground.settings import read_settings
from workers import faults
from workers.faults import Faults, faults_of


def settings(**given):
    return read_settings({f"PLAYGROUND_FAULT_{name}": value for name, value in given.items()}).faults


def test_faults_may_be_meant_for_one_worker():
    given = settings(WORKER="processor-1", BATCH_DELAY_MS="5", FAILURE_RATIO="1", CRASH_AFTER_RECORDS="1")

    assert faults_of(given, "processor-1") == given
    other = faults_of(given, "processor-2")
    assert (other.batch_delay_ms, other.failure_ratio, other.crash_after_records) == (0, 0.0, 0)


def test_without_a_name_they_are_everybodys():
    given = settings(PROCESSING_DELAY_MS="5")

    assert faults_of(given, "processor-2") == given


@pytest.mark.parametrize(("records", "seconds"), [(1, 1.01), (100, 2.0)])
def test_a_batch_takes_its_own_time_and_that_of_its_orders(monkeypatch, records, seconds):
    waited = []
    monkeypatch.setattr(faults.Faults, "_wait", lambda _self, seconds: waited.append(seconds))

    Faults(settings(BATCH_DELAY_MS="1000", PROCESSING_DELAY_MS="10"), lambda: False).handle(records)

    assert waited == [seconds]
