"""The table, as JSON and Markdown."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bench.measure import ratios, spread, too_busy

if TYPE_CHECKING:
    from pathlib import Path

    from bench.measure import Sample
    from bench.plan import Group, Row

FAILED = "FAILED"
HEAD = "| row | what | against | ours | theirs | ratio: median (min..max) | reach | |"


def judge(
    group: Group, row: Row, samples: dict[str, list[Sample]], skipped: dict[str, str], *, accept_noise: bool
) -> dict[str, Any]:
    """One line of the table: values with their spread, and what may be said of them."""
    line: dict[str, Any] = {
        "row": row.key, "what": row.what, "against": row.against, "unit": row.unit or group.unit,
        "reach": row.reach, "aim": row.aim,
    }  # fmt: skip
    names = [row.ours, *([row.theirs] if row.theirs else [])]
    reasons = [skipped[name] for name in names if name in skipped]
    if reasons or not all(samples.get(name) for name in names):
        why = "; ".join(dict.fromkeys(reasons)) or "not measured"
        return line | {"verdict": why if why.startswith(FAILED) else f"skipped: {why}"}
    used = [sample for name in names for sample in samples[name]]
    line["ours"] = _numbers(samples[row.ours])
    line["foreign_cpu"] = max(sample.foreign for sample in used)
    if row.theirs:
        line["theirs"] = _numbers(samples[row.theirs])
    busy = None if group.noise_is_harmless else too_busy(used)
    if busy and not accept_noise:
        return line | {"verdict": busy}
    worst = "high" if group.less_is_better else "low"
    value, met = line["ours"][worst if row.every_round else "median"], None
    if row.theirs:
        found = ratios(samples[row.ours], samples[row.theirs], less_is_better=group.less_is_better)
        line["ratio"] = asdict(spread(found))
        met = row.reach is None or line["ratio"]["median"] >= row.reach
    elif row.reach is not None:
        met = value <= row.reach if group.less_is_better else value >= row.reach
    verdict = "reported" if row.reach is None else "reached" if met else "missed"
    return line | {"verdict": verdict + (f" (noise accepted, {busy})" if busy else "")}


def _numbers(samples: list[Sample]) -> dict[str, Any]:
    cpu = [sample.reading.cpu_us for sample in samples if sample.reading.cpu_us is not None]
    return asdict(spread(sample.reading.value for sample in samples)) | {
        "rounds": [
            {"value": s.reading.value, "cpu_us": s.reading.cpu_us, "seconds": s.seconds,
             "foreign_cpu": s.foreign, **s.reading.more}
            for s in samples
        ],
        "cpu_us": spread(cpu).median if cpu else None,
    }  # fmt: skip


def markdown(result: dict[str, Any]) -> str:
    """The result as a page."""
    machine = ", ".join(f"{name} {value}" for name, value in result["machine"].items())
    versions = ", ".join(f"{name} {value}" for name, value in result["versions"].items())
    quick = " (quick: proves nothing)" if result["quick"] else ""
    rounds = f"{result['rounds']} rounds{quick}"
    lines = [
        "# Benchmark",
        "",
        f"Taken {result['taken_at']}, commit {result['commit']}, {rounds}.",
        "How to read it: docs/benchmarks.md.",
        "",
        f"Machine: {machine}.",
        "",
        f"Versions: {versions}.",
        "",
        f"HTTP load: {result['http_load']}.",
        "",
        HEAD,
        "|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(row_line(row) for row in result["rows"])]) + "\n"


def row_line(row: dict[str, Any]) -> str:
    """A line of the Markdown table."""
    ratio = row.get("ratio")
    ratio_text = f"{_n(ratio['median'])} ({_n(ratio['low'])}..{_n(ratio['high'])})" if ratio else ""
    reach = "" if row["reach"] is None else _n(row["reach"])
    aim = "" if row["aim"] is None else f", aim {_n(row['aim'])}"
    foreign = f", foreign CPU <= {row['foreign_cpu']:.0%}" if "foreign_cpu" in row else ""
    cells = [
        row["row"], row["what"], row["against"], _value(row, "ours"), _value(row, "theirs"), ratio_text,
        reach + aim, row["verdict"] + foreign,
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _value(row: dict[str, Any], side: str) -> str:
    if side not in row:
        return ""
    numbers = row[side]
    cpu = f", {numbers['cpu_us']:.2f} us CPU each" if numbers["cpu_us"] else ""
    low, high = _n(numbers["low"]), _n(numbers["high"])
    return f"{_n(numbers['median'])} {row['unit']} ({low}..{high}){cpu}"


def _n(value: float) -> str:
    """Three digits that matter."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def save(result: dict[str, Any], folder: Path, name: str) -> Path:
    """Write NAME.json and NAME.md; the path of the latter."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    page = folder / f"{name}.md"
    page.write_text(markdown(result))
    return page
