"""The switch to a real ksqlDB, as far as it can be seen without one: a real broker, recorded answers."""

import pytest
from support.live_ksqldb import LiveKsqlDb, read_input
from support.recorded_ksqldb import RecordedKsqlDb
from support.system import System

from playground.clients import create_producer
from playground.ksqldb.statements import read_statements
from playground.settings import read_settings


@pytest.fixture
def system(tmp_path):
    under_test = System(tmp_path)
    try:
        under_test.broker.start()
        yield under_test
    finally:
        under_test.end()


def test_input_and_statements_are_brought_in_once(system):
    with RecordedKsqlDb() as server:
        settings = read_settings({**system.environment, "PLAYGROUND_KSQLDB_URL": server.url})
        live = LiveKsqlDb(settings)
        live.prepare()

        assert len(live._orders()) == sum(each["topic"] == "orders" for each in read_input())
        assert set(server.known) == {each.name for each in read_statements()}
        assert live.moved_ms % 60_000 == 0

        again = LiveKsqlDb(settings, moved_ms=1)
        again.prepare()
        assert (len(again._orders()), again.moved_ms) == (24, live.moved_ms)

        producer = create_producer(settings.kafka, "test")
        producer.produce("orders", b"{}", b"ada")
        assert producer.flush(30) == 0
        with pytest.raises(AssertionError, match="topic orders holds 25 records"):
            LiveKsqlDb(settings).prepare()
