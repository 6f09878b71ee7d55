"""What the report of a run says, block by block."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from playground.clock import iso
from playground.experiments.report.document import (
    SIGNS,
    Callout,
    Command,
    Drawn,
    Folded,
    Grid,
    Heading,
    Option,
    Options,
    Paragraph,
    setting_text,
)
from playground.experiments.report.happenings import steps_grid
from playground.experiments.report.owners import owners_grid, pauses_grid
from playground.experiments.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playground.experiments.experiment import Experiment
    from playground.experiments.report.document import Block
    from playground.experiments.report.pictures import GroupPictures, Picture
    from playground.experiments.runs import Judgement
    from playground.experiments.timeline import Timeline

SAYINGS = {
    Verdict.PASSED: "Passed: what the experiment claims was seen to be so",
    Verdict.FAILED: "Failed: something that the experiment claims was seen to be wrong",
    Verdict.INCONCLUSIVE: "Inconclusive: the run has not shown what it was made for",
}


def report_blocks(
    experiment: Experiment,
    timeline: Timeline,
    judgement: Judgement,
    groups: Sequence[GroupPictures],
    own: Sequence[Picture] = (),
) -> list[Block]:
    """The whole report, from the question to the versions."""
    return [
        Heading(1, experiment.title),
        Paragraph(experiment.question, lead=True),
        _verdict(judgement),
        *_troubles(timeline),
        Paragraph(experiment.story),
        *_prediction(experiment, judgement),
        *([] if own and not groups else _pictures(timeline, groups)),
        *_measurements(judgement, own),
        Heading(2, "Claims"),
        Grid(
            "What was claimed, and what was seen",
            ["verdict", "claim", "what was seen"],
            [[check.verdict, check.claim, check.detail] for check in judgement.checks],
        ),
        Heading(2, "What was done"),
        steps_grid(timeline),
        Heading(2, "How it was run"),
        *_circumstances(timeline, judgement),
    ]


def _verdict(judgement: Judgement) -> Callout:
    held = sum(check.verdict is Verdict.PASSED for check in judgement.checks)
    lines = [f"{held} of {len(judgement.checks)} claims held."]
    lines += [
        f"{SIGNS[check.verdict]} {check.claim}: {check.detail}"
        for check in judgement.checks
        if check.verdict is not Verdict.PASSED
    ]
    return Callout(judgement.verdict, f"{SIGNS[judgement.verdict]} {SAYINGS[judgement.verdict]}", lines)


def _troubles(timeline: Timeline) -> Iterator[Block]:
    problems = timeline.of("problem")
    if problems:
        lines = []
        for each in problems:
            next_step = f" Next: {each['next_step']}" if each.get("next_step") else ""
            lines.append(f"While in phase “{each['phase']}”: {each['detail']}.{next_step}")
        yield Callout("warning", "Something went wrong in the run itself", lines)
    missed = timeline.of("missed")
    if missed:
        lines = [
            f"At {iso(each.at)}: {each['reason']} ("
            + ("nobody knows how many" if each.get("events") is None else f"{each['events']} events")
            + ")."
            for each in missed
        ]
        yield Callout("warning", "Observations are missing: what is shown below may have holes", lines)


def _prediction(experiment: Experiment, judgement: Judgement) -> Iterator[Block]:
    prediction = experiment.prediction
    yield Heading(2, "Prediction")
    yield Paragraph(prediction.question, lead=True)
    said, measured = judgement.prediction, judgement.answer
    yield Options(
        [
            Option(
                letter,
                words,
                [
                    *(["predicted"] if letter == said else []),
                    *(["measured"] if letter == measured else []),
                ],
            )
            for letter, words in prediction.options.items()
        ]
    )
    sentence = f"Measured: {measured}." if measured else "This run cannot tell which answer is right."
    if said is None:
        sentence = f"Nobody made a prediction before this run. {sentence}"
    elif measured is None:
        sentence = f"Predicted was {said}. {sentence}"
    else:
        sentence = f"Predicted was {said}: {'right' if said == measured else 'wrong'}. {sentence}"
    yield Paragraph(sentence)
    yield Paragraph(prediction.explanation)


def _pictures(timeline: Timeline, groups: Sequence[GroupPictures]) -> Iterator[Block]:
    yield Heading(2, "Who owned which partition")
    if not groups:
        yield Paragraph("No group was seen, so there is nothing to draw.")
        return
    yield Paragraph(
        "Seconds count from the first step. A pause is a stretch in which no order of a partition was "
        "handled; it is drawn with its old owner until the new one has the partition."
    )
    for group in groups:
        if len(groups) > 1:
            yield Heading(3, f"Group {group.scene.name}")
        yield from map(Drawn, group.pictures)
        yield owners_grid(timeline, group.scene)
        if group.scene.pauses:
            yield Folded(f"All pauses of group {group.scene.name}", [pauses_grid(group.scene)])


def _measurements(judgement: Judgement, own: Sequence[Picture]) -> Iterator[Block]:
    if judgement.tables or own:
        yield Heading(2, "Measurements")
    yield from map(Drawn, own)
    for table in judgement.tables:
        yield Grid(table.title, table.columns, table.rows, table.note)


def _circumstances(timeline: Timeline, judgement: Judgement) -> Iterator[Block]:
    settings = {name: setting_text(each) for name, each in timeline.settings.items()}
    if settings:
        yield Grid("Settings", ["setting", "value"], list(settings.items()))
    yield Grid("Circumstances", ["what", "value"], list(_facts(timeline, judgement)))
    given = [f"{name}={value}" for name, value in settings.items() if value is not None]
    again = [f"--set {shlex.quote(pair)}" for pair in given]
    yield Paragraph("To run it again in the same way:")
    yield Command(" ".join(["playground experiment run", judgement.experiment, *again]))


def _facts(timeline: Timeline, judgement: Judgement) -> Iterator[list[object]]:
    began, ended = timeline.span
    yield ["run", judgement.run]
    if len(timeline):
        yield ["began", iso(began)]
        yield ["took (s)", round((ended - began) / 1000, 1)]
    yield ["target", timeline.head.get("target")]
    yield ["partitions of the topic", len(timeline.partitions) or None]
    yield ["orders acknowledged", sum(each["count"] for each in timeline.of("accepted"))]
    yield ["orders refused", sum(each["count"] for each in timeline.of("refused"))]
    yield ["observations in the timeline", len(timeline)]
    for name, version in dict(timeline.head.get("versions", {})).items():
        yield [f"version of {name}", version]
