"""What an experiment is: data and small functions.

`steps` act on the system and write what happens into the timeline; `checks` read the timeline and
nothing else, so that a finished run can be judged again without a broker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playground.experiments.lab import Lab
    from playground.experiments.timeline import Timeline
    from playground.experiments.verdict import Finding


class ExperimentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Root of the settings of experiments: every field has a default, bounds and a description."""


@dataclass(frozen=True)
class Step:
    """Something that is done to the system; `title` is what a person reads meanwhile."""

    title: str
    run: Callable[[Lab], None]


@dataclass(frozen=True)
class Check:
    """A claim, and how to judge it by the timeline. A check that crashes is inconclusive.

    `every_event`: it cannot be judged when some of the members' events never came.
    """

    name: str
    claim: str
    judge: Callable[[Timeline], Finding]
    every_event: bool = False


@dataclass(frozen=True)
class Prediction:
    """A question for the learner before the run.

    It is asked before anybody has chosen settings, so the texts name no number that settings can change.
    `options`: letter -> text. `answer`: the letter that the measurement supports; None when it cannot tell,
    also because these settings make another run of it than the question is about.
    """

    question: str
    options: dict[str, str]
    answer: Callable[[Timeline], str | None]
    explanation: str


class Table(msgspec.Struct, frozen=True):
    """What was measured. `columns` carry their units; a cell is a number, a text, or None for unknown."""

    title: str
    columns: list[str]
    rows: list[list[Any]]
    note: str = ""


@dataclass(frozen=True)
class Experiment:
    """One experiment.

    `needs`: ability protocols of `playground.stack` that the stack must have, by name.
    `minutes`: about how long it takes with its default settings.
    `draw`: pictures of its own for the report, as title and SVG.
    """

    name: str
    title: str
    question: str
    story: str
    settings: type[ExperimentSettings]
    prediction: Prediction
    prepare: Callable[[Lab], None]
    steps: Callable[[Any], Sequence[Step]]
    checks: Sequence[Check]
    measure: Callable[[Timeline], list[Table]]
    needs: Sequence[str] = ()
    clean_up: Callable[[Lab], None] = field(default=lambda _lab: None)
    draw: Callable[[Timeline], list[tuple[str, str]]] = field(default=lambda _timeline: [])
    minutes: float = 1.0
