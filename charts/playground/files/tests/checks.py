"""What `helm test` asks of a release: an order, the lag, and whether its parts are well."""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from urllib.parse import quote

from playground.errors import PlaygroundError
from playground.waiting import wait_until

ASK_SECONDS = 10
WAIT_SECONDS = 90


def order(api: str) -> str:
    """An order that is sent comes back processed."""
    sent = wait_until(
        lambda: json.loads(ask(f"{api}/produce?key=user", {"user": "helm-test", "item": "book", "qty": 1})),
        f"an answer of {api}",
        WAIT_SECONDS,
        ignore=(OSError,),
    )

    def processed() -> bool:
        newest = json.loads(ask(f"{api}/messages?user=helm-test&status=processed"))["messages"]
        return any(one["order_id"] == sent["order_id"] for one in newest)

    wait_until(processed, f"order {sent['order_id']} to be processed", WAIT_SECONDS, ignore=(OSError,))
    return f"order {sent['order_id']} was processed"


def lag(exporter: str) -> str:
    """The exporter tells the lag of a group of ours in each partition of orders."""

    def told() -> list[str]:
        return re.findall(
            r'(?m)^kafka_consumergroup_lag\{.*topic="orders".*\} \S+', ask(f"{exporter}/metrics")
        )

    lines = wait_until(told, f"lag in {exporter}/metrics", WAIT_SECONDS, ignore=(OSError,))
    return "\n".join(lines)


def scraped(prometheus: str) -> str:
    """Prometheus has the lag of each partition of orders."""
    query = quote('kafka_consumergroup_lag{topic="orders"}')

    def found() -> int:
        return len(json.loads(ask(f"{prometheus}/api/v1/query?query={query}"))["data"]["result"])

    series = wait_until(found, f"lag in {prometheus}", WAIT_SECONDS, ignore=(OSError,))
    return f"{prometheus} has {series} series of lag"


def ksqldb(server: str) -> str:
    """KsqlDB says of itself that it is well; unhealthy it answers with 200 too."""

    def healthy() -> bool:
        return json.loads(ask(f"{server}/healthcheck"))["isHealthy"] is True

    wait_until(healthy, f"{server}/healthcheck to say isHealthy", WAIT_SECONDS, ignore=(OSError,))
    return f"{server} is healthy"


def answers(url: str) -> str:
    """Something answers with 200."""
    wait_until(lambda: ask(url) or True, f"an answer of {url}", WAIT_SECONDS, ignore=(OSError,))
    return f"{url} answers"


def ask(url: str, body: object = None) -> str:
    """GET, or POST of a JSON body. Raises OSError when there is no good answer."""
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"})  # noqa: S310 - http
    with urllib.request.urlopen(request, timeout=ASK_SECONDS) as answer:  # noqa: S310 - http
        return str(answer.read().decode())


if __name__ == "__main__":
    check, address = sys.argv[1:]
    checks = {one.__name__: one for one in (order, lag, scraped, ksqldb, answers)}
    try:
        print(checks[check](address))  # noqa: T201 - the pod's log
    except PlaygroundError as error:
        sys.exit(f"{error}\nNext: kubectl get pods, and the log of the pod that is not ready")
