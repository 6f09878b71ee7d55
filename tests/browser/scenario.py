"""An ordinary small system as the API would describe it: six partitions, two groups, three workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from browser.fake_api import FakeApi

PARTITIONS = range(6)
ENDS = [1204, 980, 1411, 1002, 1187, 1093]
PROCESSED = [1204, 975, 1400, 1002, 1187, 1090]
NO_COMMIT = "no commit yet: counted from the start of the partition"
OWNERS = {
    "processor-1": [0, 1, 2],
    "processor-2": [3, 4, 5],
}


def partitions(numbers: list[int]) -> list[dict[str, Any]]:
    """Partitions of the topic orders."""
    return [{"topic": "orders", "partition": number} for number in numbers]


def group_offsets(group_id: str, committed: list[int | None], ends: list[int]) -> dict[str, Any]:
    """One group of the /offsets document."""
    lags = [end - (at or 0) for at, end in zip(committed, ends, strict=True)]
    rows = [
        {
            "topic": "orders",
            "partition": number,
            "committed_offset": committed[number],
            "lag": lags[number],
            "lag_seconds": None if committed[number] is None else lags[number] / 10,
            "member_id": None,
            "client_id": None,
            "reason": NO_COMMIT if committed[number] is None else None,
        }
        for number in PARTITIONS
    ]
    total = sum(lags)
    return {
        "group_id": group_id,
        "state": "stable",
        "type": "consumer",
        "total_lag": total,
        "consume_rate": 21.4,
        "time_to_drain_seconds": total / 20 if total else 0,
        "partitions": rows,
    }


def offsets(
    taken_at: str = "2026-11-23T06:36:32.000Z",
    ends: list[int] = ENDS,
    processed: list[int | None] = PROCESSED,
    counted: list[int | None] = ENDS,
) -> dict[str, Any]:
    """The /offsets document."""
    numbers = [{"partition": at, "start_offset": 0, "end_offset": ends[at]} for at in PARTITIONS]
    groups = [group_offsets("order-processor", processed, ends), group_offsets("analytics", counted, ends)]
    return {"taken_at": taken_at, "topics": [{"topic": "orders", "partitions": numbers}], "groups": groups}


def member(client_id: str, owned: list[int], target: list[int] | None = None) -> dict[str, Any]:
    """One member of the /groups document."""
    return {
        "member_id": f"{sum(client_id.encode()):x}k9QxTSn2-Vb3",
        "client_id": client_id,
        "host": "/127.0.0.1",
        "group_instance_id": None,
        "assignment": partitions(owned),
        "target_assignment": None if target is None else partitions(target),
    }


def group(group_id: str, members: list[dict[str, Any]], state: str = "stable") -> dict[str, Any]:
    """One group of the /groups document."""
    return {
        "group_id": group_id,
        "state": state,
        "type": "consumer",
        "assignor": "uniform",
        "coordinator": 1,
        "members": members,
    }


def groups() -> dict[str, Any]:
    """The /groups document."""
    processors = [member(name, owned) for name, owned in OWNERS.items()]
    return {
        "groups": [
            group("order-processor", processors),
            group("analytics", [member("analytics-1", list(PARTITIONS))]),
        ]
    }


def order(partition: int, offset: int, **more: Any) -> dict[str, Any]:
    """One order of GET /messages or of the stream."""
    return {
        "order_id": 1_000_000_000_000_000 + offset,
        "user": "ada",
        "item": "espresso",
        "qty": 2,
        "age": 36,
        "age_group": "adult",
        "partition": partition,
        "offset": offset,
        "produced_at": "2026-11-23T06:36:31.500Z",
        "status": "pending",
        "worker": None,
        "processed_at": None,
        **more,
    }


def stats() -> dict[str, Any]:
    """The /stats document."""
    items = {"espresso": 412, "flat white": 310, "green tea": 190, "croissant": 121, "orange juice": 66}
    minutes = [38, 61, 55, 72, 90, 84, 102]
    return {
        "group_id": "analytics",
        "orders": 1099,
        "quantity": 2044,
        "top_items": [{"item": item, "orders": n, "quantity": 2 * n} for item, n in items.items()],
        "per_minute": [
            {"minute": f"2026-11-23T06:{29 + at}:00Z", "item": "espresso", "orders": n, "quantity": n}
            for at, n in enumerate(minutes)
        ],
    }


def load(**more: Any) -> dict[str, Any]:
    """The /load document."""
    return {"available": True, "running": False, "settings": None, "progress": None, **more}


def worker(name: str, state: str = "running", **more: Any) -> dict[str, Any]:
    """One worker of the /stack document."""
    kind = name.rsplit("-", 1)[0]
    group_id = {"processor": "order-processor", "analytics": "analytics"}.get(kind)
    return {
        "name": name,
        "kind": kind,
        "pid": 4711,
        "state": state,
        "group_id": group_id,
        "restarts": 0,
        **more,
    }


def stack(*workers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The /stack document; without arguments the workers of this system."""
    usual = [worker(name) for name in ("processor-1", "processor-2", "analytics-1")]
    abilities = ["scale", "kill", "pause", "load"]
    return {"available": True, "workers": list(workers) or usual, "abilities": abilities, **more}


def recent(number: int = 12) -> list[dict[str, Any]]:
    """Processed orders, newest first, as GET /messages has them."""
    people, items = ["ada", "grace", "edsger", "barbara"], ["espresso", "flat white", "green tea"]
    return [
        order(
            at % 6,
            PROCESSED[at % 6] - 1 - at,
            user=people[at % 4],
            item=items[at % 3],
            qty=1 + at % 4,
            status="processed",
            worker="processor-1" if at % 6 < 3 else "processor-2",
        )
        for at in range(number)
    ]


def worker_event(name: str, **more: Any) -> dict[str, Any]:
    """One event of a worker, as the stream carries it."""
    return {
        "at": "2026-11-23T06:36:32.123Z",
        "event": name,
        "worker": "processor-1",
        "client_id": "processor-1",
        "group_id": "order-processor",
        **more,
    }


def stream_table(name: str, *counts: str, window: dict[str, int] | None = None) -> dict[str, Any]:
    """One table of GET /stream-table; `counts`: what it has beside the item and the window."""
    bounds = ["windowstart", "windowend"] if window else []
    columns = [{"name": "item", "type": "STRING"}]
    columns += [{"name": each, "type": "BIGINT"} for each in (*bounds, *counts)]
    sql = f"-- Why {name}?\nCREATE TABLE IF NOT EXISTS {name} AS\n  SELECT item;"
    return {"table": name, "key": "item", "columns": columns, "window": window, "sql": sql}


STREAM_TABLES = (
    stream_table("item_count", "total", "quantity"),
    stream_table("orders_per_min", "count", window={"size_ms": 60_000, "advance_ms": 60_000}),
    stream_table("item_trend", "orders", window={"size_ms": 300_000, "advance_ms": 60_000}),
)


def stream_rows(table: str, rows: list[dict[str, Any]], engine: str = "analytics") -> dict[str, Any]:
    """The rows of one."""
    [columns] = [each["columns"] for each in STREAM_TABLES if each["table"] == table]
    return {
        "table": table,
        "engine": engine,
        "columns": columns,
        "rows": rows,
        "taken_at": "2026-11-23T06:36:32.000Z",
    }


def counted() -> dict[str, Any]:
    """The rows of item_count."""
    rows = [{"item": item, "total": n, "quantity": 2 * n} for item, n in (("espresso", 412), ("tea", 9))]
    return stream_rows("item_count", rows)


def script(api: FakeApi) -> None:
    """Let the scripted API describe this system."""
    api.greeting += [("offsets", offsets()), ("groups", groups())]
    api.answer("GET", "/messages", {"messages": recent()})
    api.answer("GET", "/stats", stats())
    api.answer("GET", "/load", load())
    api.answer("GET", "/stack", stack())
    api.answer("GET", "/offsets", offsets())
    api.answer("GET", "/healthz", {"status": "ok"})
    api.answer("GET", "/stream-table", {"engine": "analytics", "tables": list(STREAM_TABLES)})
    api.table_greeting = [("rows", counted())]
