"""Baseline: one shared producer (ours), a flush per request, on Flask's development server."""

from __future__ import annotations

import json
import logging
import sys

from flask import Flask, jsonify, request

from playground.clients import create_producer
from playground.settings import read_settings
from playground.topics import ORDERS

SETTINGS = read_settings()
app = Flask(__name__)
producer = create_producer(SETTINGS.kafka, "shared-flush")


@app.post("/produce")
def produce():
    order = request.get_json()
    reports = []
    producer.produce(
        ORDERS,
        json.dumps(order),
        order["user"],
        on_delivery=lambda error, message: reports.append((error, message)),
    )
    producer.flush()
    error, message = reports[0]
    assert error is None, error
    return jsonify(order=order, partition=message.partition(), offset=message.offset()), 201


logging.disable()  # its request log is no part of the work
app.run(host="127.0.0.1", port=int(sys.argv[1]), threaded=True)
