"""As much of PromQL as contracts need: which metrics an expression selects, by which labels it groups."""

from __future__ import annotations

import re
from dataclasses import dataclass

STRING = r'"(?:[^"\\]|\\.)*"'
MATCHER = re.compile(rf"\s*(\w+)\s*(=~|!~|!=|=)\s*({STRING})\s*,?")
# In this order: strings, lists of labels, ranges, numbers, names with what tells a function from a metric.
TOKEN = re.compile(
    rf"(?P<string>{STRING})"
    r"|\b(?P<grouping>by|without|on|ignoring|group_left|group_right)\s*\((?P<labels>[^)]*)\)"
    r"|\[[^\]]*\]"
    r"|(?<![\w:])\d[\w.]*"
    r"|(?P<name>[a-zA-Z_:][\w:]*)\s*(?P<after>[({]|(?=(?:by|without)\b))?"
)
WORDS = {"and", "or", "unless", "offset", "bool", "by", "without", "on", "ignoring", "inf", "nan"}


@dataclass(frozen=True)
class Selector:
    """A metric, and (label, operator, value) of each matcher."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...] = ()


def selectors(expression: str) -> list[Selector]:
    """Every selector of an expression, in its order. Grafana's variables may stand in strings and ranges."""
    found, at = [], 0
    while token := TOKEN.search(expression, at):
        at = token.end()
        name = token["name"]
        if name is None or name in WORDS or token["after"] in {"(", ""}:
            continue
        matchers: list[tuple[str, str, str]] = []
        if token["after"] == "{":
            while one := MATCHER.match(expression, at):
                matchers.append((one[1], one[2], one[3][1:-1]))
                at = one.end()
            closing = re.compile(r"\s*}").match(expression, at)
            if closing is None:
                raise ValueError(f"cannot read the matchers of {name} in {expression}")
            at = closing.end()
        found.append(Selector(name, tuple(matchers)))
    return found


def grouping_labels(expression: str) -> set[str]:
    """Labels that an expression groups or joins by."""
    lists = [token["labels"] for token in TOKEN.finditer(expression) if token["grouping"]]
    return {label.strip() for labels in lists for label in labels.split(",") if label.strip()}
