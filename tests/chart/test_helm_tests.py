"""The pods of `helm test`: which there are, what they ask, and that what they ask is right."""

import http.server
import json
import subprocess
import sys
import threading

import pytest
from support.charts import CHART, EVERYTHING, render

CHECKS = CHART / "files/tests/checks.py"


def checks(rendered):
    return {
        pod["metadata"]["name"].removeprefix("playground-test-"): pod
        for pod in rendered.of("Pod")
        if pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    }


def test_there_is_one_for_everything_that_is_enabled():
    assert set(checks(render(EVERYTHING))) == {"order", "lag", "kafka-ui", "ksqldb", "prometheus", "grafana"}
    assert set(checks(render({"prometheus": {"enabled": False}, "grafana": {"enabled": False}}))) == {
        "order",
        "lag",
    }


def test_they_ask_services_that_exist():
    rendered = render(EVERYTHING)
    for name, pod in checks(rendered).items():
        address = pod["spec"]["containers"][0]["command"][-1]
        host, _, port = address.removeprefix("http://").partition("/")[0].partition(":")
        ports = [one["port"] for one in rendered.one("Service", host)["spec"]["ports"]]
        assert int(port) in ports, name


def test_they_are_hooks_that_leave_nothing_behind_when_they_pass():
    for pod in checks(render(EVERYTHING)).values():
        policy = pod["metadata"]["annotations"]["helm.sh/hook-delete-policy"]
        assert policy == "before-hook-creation,hook-succeeded"
        assert pod["spec"]["restartPolicy"] == "Never"


def test_the_script_reaches_the_pods_as_it_is():
    assert render().one("ConfigMap", "playground-tests")["data"]["checks.py"] == CHECKS.read_text()


@pytest.fixture
def answering():
    """A server that gives these answers, by path."""
    servers = []

    def start(answers):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = answers.get(self.path.partition("?")[0])
                self.send_response(503 if body is None else 200)
                self.end_headers()
                self.wfile.write((body or "").encode())

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def run(check, address, seconds="0.3"):
    """The script as a pod runs it, with less patience."""
    script = CHECKS.read_text().replace("WAIT_SECONDS = 90", f"WAIT_SECONDS = {seconds}")
    return subprocess.run(
        [sys.executable, "-c", script, check, address],
        capture_output=True,
        text=True,
        check=False,
        cwd=CHART.parents[1],
    )


SENT = json.dumps({"order_id": 7, "topic": "orders", "partition": 0, "offset": 0})


def test_an_order_must_come_back_processed(answering):
    processed = json.dumps({"messages": [{"order_id": 7, "status": "processed"}]})
    other = json.dumps({"messages": [{"order_id": 6, "status": "processed"}]})

    passed = run("order", answering({"/produce": SENT, "/messages": processed}), seconds="30")
    assert passed.returncode == 0, passed.stderr
    failed = run("order", answering({"/produce": SENT, "/messages": other}))
    assert failed.returncode == 1
    assert "order 7 to be processed" in failed.stderr
    assert "Next: kubectl get pods" in failed.stderr
    assert run("order", answering({})).returncode == 1


def test_lag_must_be_told_of_the_orders_topic(answering):
    line = 'kafka_consumergroup_lag{consumergroup="order-processor",topic="orders",partition="0"} 0.0\n'

    passed = run("lag", answering({"/metrics": line}), seconds="30")
    assert passed.returncode == 0, passed.stderr
    assert line.strip() in passed.stdout
    assert run("lag", answering({"/metrics": "# HELP kafka_consumergroup_lag x\n"})).returncode == 1


def test_prometheus_must_have_the_lag(answering):
    def prometheus(*series):
        return answering({"/api/v1/query": json.dumps({"data": {"result": list(series)}})})

    assert run("scraped", prometheus({"value": [0, "0"]}), seconds="30").returncode == 0
    failed = run("scraped", prometheus())
    assert failed.returncode == 1
    assert "waited 0.3 s for lag in http://127.0.0.1" in failed.stderr
    for exporter, check in ((True, "scraped"), (False, "answers")):
        made = checks(render({"exporter": {"enabled": exporter}}))
        assert made["prometheus"]["spec"]["containers"][0]["command"][-2] == check


def test_ksqldb_must_call_itself_healthy(answering):
    assert run("ksqldb", answering({"/healthcheck": '{"isHealthy": true}'}), seconds="30").returncode == 0
    assert run("ksqldb", answering({"/healthcheck": '{"isHealthy": false}'})).returncode == 1


def test_something_must_answer_with_200(answering):
    assert run("answers", answering({"/info": ""}) + "/info", seconds="30").returncode == 0
    assert run("answers", answering({}) + "/info").returncode == 1
