"""Values that were written for one version of a chart, as far as another version knows them."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]


def known(values: Any, schema: Json) -> Any:
    """Without the keys that a chart's `schema` (values.schema.json) has no place for."""
    if not isinstance(values, dict):
        return values
    places = {key: _place(key, schema) for key in values}
    return {key: known(value, places[key]) for key, value in values.items() if places[key] is not None}


def _place(key: str, schema: Json) -> Json | None:
    """What a key's value must be like; None where the key may not be."""
    named = schema.get("properties", {}).get(key)
    if named is not None:
        return named
    names = schema.get("propertyNames", {})
    if key not in names.get("enum", [key]) or not re.search(names.get("pattern", ""), key):
        return None
    others = schema.get("additionalProperties", True)
    if isinstance(others, dict):
        return others
    return {} if others else None


def for_chart(chart: Path, files: Sequence[Path], folder: Path) -> list[Path]:
    """The same values files in `folder`, as much of them as the chart's strict schema lets pass."""
    schema = json.loads((chart / "values.schema.json").read_text())
    written = [folder / f"values-{number}.yaml" for number in range(len(files))]
    for before, after in zip(files, written, strict=True):
        after.write_text(yaml.safe_dump(known(yaml.safe_load(before.read_text()), schema)))
    return written
