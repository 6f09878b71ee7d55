"""Clients that are slow, huge or too many: bounded time, bounded memory, and the others are served."""

import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.asking import ask, produce, produce_lines
from support.children import Child, python
from support.free_ports import free_port
from support.freezing import frozen
from support.system import System

from playground.waiting import wait_until

ORDER = {"user": "alice", "item": "book", "qty": 2}
LINE = json.dumps(ORDER).encode()
HEAD = b"POST /produce HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


def connect(system):
    """A raw connection, for clients that http.client is too polite for."""
    return socket.create_connection(("127.0.0.1", system.settings.api.port), timeout=20)


def answer_of(connection):
    """Everything until the server closes."""
    with connection:
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def resident_mb(pid):
    """Resident memory of a process."""
    (line,) = [
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")
    ]
    return int(line.split()[1]) / 1024


def test_a_body_that_says_it_is_too_large_is_refused_at_once(shared_system):
    connection = connect(shared_system)
    connection.sendall(HEAD + b"Content-Length: 5000000\r\n\r\n{")
    answer = connection.recv(65_536)
    connection.close()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"PLAYGROUND_API_MAX_BODY_BYTES" in answer


def test_a_body_that_does_not_say_its_size_is_cut_off(shared_system, url):
    pid = shared_system.children[0].process.pid
    connection = connect(shared_system)
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"%x\r\n%s\r\n" % (65_536, b" " * 65_536)
    before = resident_mb(pid)
    try:
        for _ in range(2000):  # 131 MB, were it taken
            connection.sendall(chunk)
    except OSError:
        pass
    assert resident_mb(pid) < before + 40
    assert answer_of(connection).startswith(b"HTTP/1.1 413 ")
    assert produce(url, ORDER).status == 201


def test_a_large_client_that_reads_late_still_gets_its_answer(url):
    answer = ask(url, "POST", "/produce", b" " * 6_000_000, content_type="application/json")

    assert answer.status == 413


def test_too_many_orders_at_once_are_refused(url):
    answer = produce_lines(url, b"\n".join([LINE] * 10_001))

    assert answer.status == 413
    assert "PLAYGROUND_API_MAX_BATCH_ORDERS" in answer.document["detail"]


def test_the_largest_batch_is_taken(url):
    answer = produce_lines(url, b"\n".join([LINE] * 10_000))

    assert answer.status == 201
    assert len(answer.document["accepted"]) == 10_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST /produce HTT",
        HEAD,
        HEAD + b"Content-Length: 50\r\n\r\n{",
        b"GET /healthz HTTP/1.1\r\nHost: localhost",
    ],
    ids=["nothing", "half a line", "half a head", "half a body", "half a get"],
)
def test_a_request_that_never_ends_is_ended(shared_system, url, sent):
    started = time.monotonic()
    connection = connect(shared_system)
    connection.sendall(sent)
    answer = answer_of(connection)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"problem+json" in answer
    assert 9 < time.monotonic() - started < 15
    assert produce(url, ORDER).status == 201


@pytest.mark.slow
def test_a_connection_that_waits_between_requests_is_kept(shared_system):
    get = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    connection = connect(shared_system)
    connection.sendall(get)
    assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    connection.settimeout(12)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    connection.sendall(get)
    assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    connection.close()


def test_endless_headers_are_refused(shared_system):
    connection = connect(shared_system)
    connection.sendall(HEAD + b"X-Filler: " + b"x" * 40_000)

    assert answer_of(connection).startswith(b"HTTP/1.1 431 ")


def test_what_is_no_http_is_a_problem(shared_system):
    connection = connect(shared_system)
    connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
    answer = answer_of(connection)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"problem+json" in answer


def test_a_host_that_is_there_twice_is_refused(shared_system):
    connection = connect(shared_system)
    connection.sendall(
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    )

    assert answer_of(connection).startswith(b"HTTP/1.1 400 ")


@pytest.mark.slow
def test_when_kafka_stands_still_orders_are_refused_before_memory_grows(tmp_path):
    """A frozen broker, small limits, many clients: 503 with Retry-After, and memory as before."""
    system = System(tmp_path, API_MAX_IN_FLIGHT="2000", API_DELIVERY_TIMEOUT_MS="3000")
    try:
        system.start()
        url, pid = system.settings.api.url, system.children[0].process.pid
        assert produce(url, ORDER).status == 201
        before = resident_mb(pid)
        with frozen(system.broker.pid), ThreadPoolExecutor(32) as pool:
            batch = b"\n".join([LINE] * 1000)
            answers = list(pool.map(lambda _: produce_lines(url, batch), range(200)))
            grown = resident_mb(pid) - before

        assert {answer.status for answer in answers} == {503}
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)
        assert {answer.document["type"] for answer in answers} >= {"/docs#overloaded"}
        assert grown < 60, f"{grown:.0f} MB more"
        wait_until(lambda: produce(url, ORDER).status == 201, "orders to be taken again", 30)
    finally:
        system.end()


@pytest.mark.slow
def test_several_processes_share_the_port_and_the_ids(tmp_path):
    """Ids stay unique, a killed process is replaced, SIGTERM ends all of them with 0."""
    system = System(tmp_path, API_PROCESSES="3")
    try:
        system.start()
        url, (parent,) = system.settings.api.url, system.children
        with ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(lambda _: produce(url, ORDER), range(600)))
        assert {answer.status for answer in answers} == {201}
        assert len({answer.document["order_id"] for answer in answers}) == 600

        children = children_of(parent.process.pid)
        assert len(children) == 3
        os.kill(children[0], signal.SIGKILL)
        wait_until(
            lambda: len(set(children_of(parent.process.pid)) - set(children)) == 1, "another in its place", 20
        )
        wait_until(lambda: produce(url, ORDER).status == 201, "orders to be taken", 20, ignore=(OSError,))
        last = children_of(parent.process.pid)
        assert parent.stop(20) == 0
        assert not [pid for pid in last if Path(f"/proc/{pid}").exists()]
    finally:
        system.end()


@pytest.mark.slow
def test_processes_end_with_their_parent_however_it_dies(tmp_path):
    system = System(tmp_path, API_PROCESSES="2")
    try:
        system.start()
        (parent,) = system.children
        children = children_of(parent.process.pid)
        parent.kill()
        wait_until(lambda: not [pid for pid in children if Path(f"/proc/{pid}").exists()], "no orphans", 20)
    finally:
        system.end()


STOPPED_AT_ONCE = """
import os, signal
from api import server
from playground.settings import read_settings

run = server.Server.run
def run_after_a_signal(self, sockets):
    os.kill(os.getpid(), signal.SIGTERM)
    run(self, sockets)
server.Server.run = run_after_a_signal
settings = read_settings()
raise SystemExit(server.serve(settings, server.bind(settings.api)))
"""


@pytest.mark.slow
def test_a_process_that_is_stopped_while_it_starts_ends(system, tmp_path):
    environment = system.environment | {"PLAYGROUND_API_PORT": str(free_port())}
    started = Child("stopped-at-once", python("-c", STOPPED_AT_ONCE), environment, tmp_path / "logs")
    try:
        assert started.process.wait(20) == 0
    finally:
        started.end()


def children_of(pid):
    """Process ids of the children."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
