"""Baseline: the first version of this system, from its description.

Every request makes a new producer, sends one record, flushes, on Flask's development server.
(The original never closed its producers, which ends soon; here each is closed. It ignored the request and
sent a random order; here the order of the request is sent, so that everybody does the same work.)
"""

from __future__ import annotations

import json
import logging
import sys

from flask import Flask, jsonify, request
from kafka import KafkaProducer

from playground.settings import read_settings
from playground.topics import ORDERS

SETTINGS = read_settings()
app = Flask(__name__)


@app.post("/produce")
def produce():
    order = request.get_json()
    producer = KafkaProducer(
        bootstrap_servers=SETTINGS.kafka.bootstrap_servers,
        acks="all",
        value_serializer=lambda value: json.dumps(value).encode(),
    )
    future = producer.send(ORDERS, order, key=order["user"].encode())
    producer.flush()
    written = future.get(10)
    producer.close()
    return jsonify(order=order, partition=written.partition, offset=written.offset), 201


logging.disable()  # its request log and its warnings are no part of the work
app.run(host="127.0.0.1", port=int(sys.argv[1]), threaded=True)
