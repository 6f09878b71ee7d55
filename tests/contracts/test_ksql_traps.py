"""What was seen to go wrong with statements like ours stays out of ksql/."""

import re

import pytest

from playground.ksqldb.statements import read_statements
from playground.orders import Order
from playground.settings import read_settings
from playground.tables import TABLES
from playground.topics import ORDERS, PAYMENTS, USERS, topic_specs

STATEMENTS = read_statements()
GRACE = re.compile(r"GRACE PERIOD (\d+) (\w+)")
# Fields without a default: every order has them.
REQUIRED = {name for name in Order.__struct_fields__ if name not in {"age", "age_group", "ts"}}


each_statement = pytest.mark.parametrize("statement", STATEMENTS, ids=lambda each: each.name)


@each_statement
def test_it_groups_by_what_is_never_null(statement):
    """GROUP BY drops rows whose key is null, and says nothing."""
    for column in re.findall(r"GROUP BY (\w+)", statement.text):
        assert column in REQUIRED, f"{statement.file}: GROUP BY COALESCE({column}, 'unknown')"


@each_statement
def test_its_grace_period_is_a_day(statement):
    """A short one forgets windows, and drops what is read late: see test_windowing.py."""
    for number, unit in GRACE.findall(statement.text):
        assert int(number) >= 1, statement.file
        assert unit.startswith("DAY"), f"{statement.file}: GRACE PERIOD {number} {unit}"


@each_statement
def test_its_topic_is_one_of_ours(statement):
    names = {spec.name for spec in topic_specs(read_settings({}))}

    assert set(re.findall(r"KAFKA_TOPIC = '([^']+)'", statement.text)) <= names


def test_what_is_joined_has_as_many_partitions():
    for wanted in ("6", "3"):
        specs = {
            spec.name: spec for spec in topic_specs(read_settings({"PLAYGROUND_TOPIC_PARTITIONS": wanted}))
        }
        assert {specs[name].partitions for name in (ORDERS, USERS, PAYMENTS)} == {int(wanted)}
    assert specs[USERS].config["cleanup.policy"] == "compact"


def test_orders_are_kept_for_longer_than_a_table_still_takes_them():
    """Retention goes by event time: what the broker has deleted can be in a table and in no recount."""
    day = 24 * 3600 * 1000
    longest = max(table.window.size_ms for table in TABLES if table.window)
    kept = {spec.name: int(spec.config.get("retention.ms", -1)) for spec in topic_specs(read_settings({}))}

    for topic in (ORDERS, PAYMENTS):
        assert kept[topic] > day + longest
    assert kept[USERS] == -1  # compacted: the newest profile stays
