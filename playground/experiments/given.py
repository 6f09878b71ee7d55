"""Settings of an experiment as somebody gives them: `name=value` texts, or a JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import msgspec

from playground.errors import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from playground.experiments.experiment import Experiment, ExperimentSettings


class SettingView(msgspec.Struct, frozen=True):
    """A setting as people see it: name, default, bounds in words, description."""

    name: str
    default: Any
    bounds: str
    description: str


def parse_pairs(experiment: Experiment, pairs: Iterable[str]) -> ExperimentSettings:
    """Settings out of `name=value`; lists are written 1,3,6.

    Raises InvalidValue naming the setting.
    """
    given: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InvalidValue(pair, "write it as name=value")
        given[name.strip()] = value.strip()
    return convert(experiment, given)


def convert(experiment: Experiment, given: Mapping[str, Any]) -> ExperimentSettings:
    """Settings out of names and values; texts are read as what the setting wants.

    Raises InvalidValue naming the setting.
    """
    kind = experiment.settings
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in hints:
            known = ", ".join(kind.__struct_fields__)
            raise InvalidValue(name, f"{experiment.name} has no such setting; it has {known}")
        is_list = get_origin(hints[name]) in {tuple, list}
        values[name] = (
            [part for part in value.split(",") if part.strip()]
            if is_list and isinstance(value, str)
            else value
        )
        try:
            msgspec.convert({name: values[name]}, kind, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidValue(name, str(error).split(" - at `", 1)[0].replace("`", "")) from None
    found: ExperimentSettings = msgspec.convert(values, kind, strict=False)
    return found


def describe_settings(kind: type[ExperimentSettings]) -> list[SettingView]:
    """All settings of an experiment."""
    views = []
    defaults = kind()
    hints = get_type_hints(kind, include_extras=True)
    for name in kind.__struct_fields__:
        bounds, description = [], ""
        inner, *metas = get_args(hints[name]) if hasattr(hints[name], "__metadata__") else (hints[name],)
        for meta in metas:
            description = meta.description or description
            bounds += [f"at least {meta.ge}"] if meta.ge is not None else []
            bounds += [f"at most {meta.le}"] if meta.le is not None else []
        if not bounds and get_args(inner) and get_origin(inner) not in {tuple, list}:
            bounds.append(" or ".join(map(str, get_args(inner))))
        views.append(SettingView(name, getattr(defaults, name), ", ".join(bounds), description))
    return views
