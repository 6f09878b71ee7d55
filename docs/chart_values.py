"""charts/playground/values.yaml -> its JSON schema and its table; nothing about a value is written twice.

Above each key of values.yaml stand, as comments:

  # -- What it is.                       its description, for people; it may take several lines
  # @schema {enum: [consumer, classic]}  what the default does not say of its kind: JSON schema, and besides

  open: true        more keys may be given than stand there
  like: kafka.image descriptions and rules of that block hold here too, and keys that only it has may be given
  each: workerDefaults    every key is a name of one's own, and its value a block like that one
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]
CHART = Path(__file__).resolve().parents[1] / "charts/playground"
DESCRIPTION, SCHEMA = "# -- ", "# @schema "
QUANTITY = {
    "type": ["string", "number"],
    "minimum": 0,
    "pattern": r"^[0-9]+([.][0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$",
}
AMOUNTS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"cpu": QUANTITY, "memory": QUANTITY, "ephemeral-storage": QUANTITY},
}
# Kubernetes' own block, the same everywhere.
RESOURCES_ARE = "What each pod asks for and may take at most."
RESOURCES = {"requests": AMOUNTS, "limits": AMOUNTS}
TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


@dataclass
class Value:
    """One key of values.yaml: where, what it is by default, and what the comments above it say."""

    path: str
    default: Any
    description: str = ""
    rules: Json = field(default_factory=dict)
    parts: dict[str, Value] = field(default_factory=dict)

    def at(self, path: str) -> Value:
        """The value at a dotted path below this one."""
        found = self
        for key in path.split("."):
            found = found.parts[key]
        return found


def schema() -> str:
    """The text of values.schema.json."""
    root = read_values()
    told = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of the chart playground",
        "description": "Made from values.yaml by `make docs`.",
    }
    return json.dumps(told | _schema_of(root, root), indent=1) + "\n"


def table() -> str:
    """The table of values in the chart's README."""
    rows = ["| value | default | |", "|---|---|---|"]
    rows += [
        f"| `{one.path}` | `{json.dumps(one.default)}` | {one.description.replace('|', chr(92) + '|')} |"
        for one in _leaves(read_values())
    ]
    return "\n".join(rows)


def readme() -> str:
    """The chart's README with its table made anew."""
    before = (CHART / "README.md").read_text(encoding="utf-8")
    head, _, rest = before.partition("<!-- values -->\n")
    return f"{head}<!-- values -->\n{table()}\n<!-- /values -->{rest.partition('<!-- /values -->')[2]}"


def undescribed() -> list[str]:
    """Paths of values without a description."""
    return [one.path for one in _leaves(read_values()) if not one.description]


def read_values() -> Value:
    """values.yaml as a tree; a block of the kind `like` has the descriptions and rules of its model."""
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    lines = text.splitlines()
    root = Value("", yaml.safe_load(text))
    _read_parts(root, yaml.compose(text), lines)
    for one in [root, *_all(root)]:
        if model := one.rules.get("like"):
            _inherit(one, root.at(model))
    return root


def _read_parts(value: Value, node: Any, lines: list[str]) -> None:
    for key, below in node.value:
        description, rules = _comments(lines, key.start_mark.line)
        path = f"{value.path}.{key.value}".lstrip(".")
        part = Value(path, value.default[key.value], description, rules)
        value.parts[key.value] = part
        if key.value == "resources":
            part.description = part.description or RESOURCES_ARE
        elif isinstance(below, yaml.MappingNode):
            _read_parts(part, below, lines)


def _comments(lines: list[str], line: int) -> tuple[str, Json]:
    """What stands directly above a line."""
    first = line
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    above = [one.strip() for one in lines[first:line]]
    rules: Json = {}
    for one in above:
        if one.startswith(SCHEMA):
            rules |= yaml.safe_load(one.removeprefix(SCHEMA))
    words = [one for one in above if not one.startswith(SCHEMA)]
    starts = [number for number, one in enumerate(words) if one.startswith(DESCRIPTION)]
    told = words[starts[-1] :] if starts else []
    return " ".join(re.sub(r"^#( --)? ?", "", one) for one in told), rules


def _inherit(one: Value, model: Value) -> None:
    for key, part in one.parts.items():
        if key in model.parts:
            part.description = part.description or model.parts[key].description
            part.rules = model.parts[key].rules | part.rules
            _inherit(part, model.parts[key])


def _schema_of(one: Value, root: Value) -> Json:
    rules = {key: rule for key, rule in one.rules.items() if key not in {"open", "like", "each"}}
    told: Json = {"description": one.description} if one.description else {}
    if each := one.rules.get("each"):
        block = _schema_of(root.at(each), root)
        return told | {"type": "object", **rules, "additionalProperties": block}
    if one.path.rpartition(".")[2] == "resources":
        return told | {"type": "object", "additionalProperties": False, "properties": RESOURCES}
    if not one.parts:
        kind = {} if one.default is None else {"type": TYPES[type(one.default)]}
        return told | kind | rules
    properties = {key: _schema_of(part, root) for key, part in one.parts.items()}
    if like := one.rules.get("like"):
        properties = {key: _schema_of(part, root) for key, part in root.at(like).parts.items()} | properties
    more = bool(one.rules.get("open"))
    return told | {"type": "object", **rules, "additionalProperties": more, "properties": properties}


def _leaves(root: Value) -> list[Value]:
    return [one for one in _all(root) if not one.parts or "each" in one.rules]


def _all(root: Value) -> list[Value]:
    parts = {} if "each" in root.rules else root.parts
    return [inner for part in parts.values() for inner in (part, *_all(part))]
