"""The lag exporter on the real broker: right numbers, no Kafka in a scrape, up while the broker is away."""

import os
import signal
import urllib.error
import urllib.request

import pytest
from confluent_kafka import TopicPartition
from prometheus_client.parser import text_string_to_metric_families
from support.asking import produce

from playground.clients import create_admin, create_consumer
from playground.waiting import wait_until

ORDER = {"user": "alice", "item": "book", "qty": 2}


def scrape(system):
    """Name and labels -> value."""
    with urllib.request.urlopen(
        f"http://127.0.0.1:{system.settings.exporter.port}/metrics", timeout=5
    ) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def answers(system, path):
    """True when it says 200."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{system.settings.exporter.port}/{path}", timeout=5
        ) as found:
            return found.status == 200
    except urllib.error.HTTPError as refused:
        refused.close()  # it holds the connection
        return False


def commit(system, group_id, offset):
    consumer = create_consumer(system.settings.kafka, "test", group_id=group_id)
    consumer.commit(offsets=[TopicPartition("orders", 0, offset)], asynchronous=False)
    consumer.close()


@pytest.mark.slow
def test_lag_is_exported_and_vanishes_with_its_group(system):
    url = system.settings.api.url
    while produce(url, ORDER, "/produce?key=none").document["partition"] != 0:
        pass
    commit(system, "theirs", 0)
    exporter = system.start_worker("exporter")

    found = scrape(system)
    snapshot = {group["group_id"]: group for group in system.get("/offsets")["groups"]}
    assert found["playground_kafka_up",] == 1
    assert found["kafka_brokers",] == 1
    for group_id in ("theirs", "order-processor"):
        assert found["kafka_consumergroup_lag_sum", group_id, "orders"] == snapshot[group_id]["total_lag"]
    assert found["kafka_consumergroup_current_offset", "theirs", "orders", "0"] == 0
    assert found["kafka_consumergroup_lag_seconds", "theirs", "orders", "0"] > 0
    assert found["playground_partition_uncommitted", "theirs", "orders", "1"] == 1

    admin = create_admin(system.settings.kafka, "test")
    admin.delete_consumer_groups(["theirs"])["theirs"].result(10)
    wait_until(lambda: not [key for key in scrape(system) if "theirs" in key], "the series to be gone", 10)
    assert "kafka_consumergroup_lag_sum" in {key[0] for key in scrape(system)}
    assert exporter.stop(10) == 0
    assert exporter.count("shutdown_complete") == 1


@pytest.mark.slow
def test_a_rebalance_is_counted_once_it_was_seen(system):
    system.start_worker("exporter", EXPORTER_INTERVAL_MS="100")
    series = ("playground_group_rebalances_total", "order-processor")
    wait_until(lambda: scrape(system).get(series) == 0, "the first collection", 20)
    first = system.start_worker("processor")
    wait_until(lambda: scrape(system)[series] >= 1, "the first member to be counted", 20)

    first.wait_for("partitions_assigned")
    calm = ("playground_group_rebalancing", "order-processor", "consumer")
    wait_until(lambda: scrape(system)[calm] == 0, "the group to be calm", 20)
    before = scrape(system)[series]
    system.start_worker("processor", 2).wait_for("partitions_assigned")
    wait_until(lambda: scrape(system)[series] > before, "the second member to be counted", 20)


@pytest.mark.slow
def test_the_exporter_stays_up_while_the_broker_is_away(system):
    exporter = system.start_worker("exporter")
    wait_until(lambda: scrape(system)["playground_kafka_up",] == 1, "the first collection", 20)
    os.kill(system.broker.pid, signal.SIGSTOP)
    wait_until(lambda: scrape(system)["playground_kafka_up",] == 0, "the broker to be missed", 30)
    assert not [key for key in scrape(system) if key[0] == "kafka_consumergroup_lag"]
    os.kill(system.broker.pid, signal.SIGCONT)
    wait_until(lambda: scrape(system)["playground_kafka_up",] == 1, "the broker to be seen again", 60)

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{system.settings.exporter.port}/nix", timeout=5)
    refused.value.close()
    assert exporter.process.poll() is None


@pytest.mark.slow
def test_the_exporter_starts_without_a_broker(system):
    system.broker.stop()
    exporter = system.start_worker("exporter")

    assert scrape(system)["playground_kafka_up",] == 0
    for path in ("healthz", "readyz"):  # it is there to say that Kafka is away
        wait_until(lambda path=path: answers(system, path), path, 30, ignore=(OSError,))
    assert exporter.stop(10) == 0
