"""Baseline: one row, one database commit, one synchronous Kafka commit per order, as a first try looks.

`wal`: with the database settings of the product; otherwise those that Python's sqlite3 comes with.
"""

from __future__ import annotations

import sqlite3
import sys

from confluent_kafka import Consumer

from bench.baselines.progress import Progress
from playground.clients import common_config
from playground.orders import parse_order
from playground.settings import read_settings
from playground.topics import ORDERS


def main(path: str, *options: str) -> None:
    settings = read_settings()
    group = {"group.id": f"row-commit {path}", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    consumer = Consumer(common_config(settings.kafka, "row-commit") | group)
    consumer.subscribe([ORDERS])
    database = sqlite3.connect(path)
    if "wal" in options:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
    database.execute(
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, user TEXT, item TEXT, qty INTEGER, age INTEGER,"
        " age_group TEXT, produced_at INTEGER)"
    )
    progress = Progress(20)
    while True:
        message = consumer.poll(1)
        if message is None or message.error():
            continue
        order = parse_order(message.value())
        row = (order.order_id, order.user, order.item, order.qty, order.age, order.age_group, order.ts)
        database.execute("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        database.commit()
        consumer.commit(message, asynchronous=False)
        progress.add(1)


main(*sys.argv[1:])
