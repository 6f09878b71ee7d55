"""A question is asked before anybody has chosen settings: it must be right for all of them."""

import re

import msgspec
import pytest
from support.timelines import Story

from playground.experiments.catalog import EXPERIMENTS
from playground.experiments.given import convert

NUMBER = re.compile(
    r"\b(\d[\d.,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred)\b",
    re.IGNORECASE,
)
# Numbers in the texts of a prediction that neither a setting nor a topic's partitions change, and why.
FIXED = {
    "rebalance": {},
    "protocols": {"two": "the group begins with two members", "848": "KIP-848"},
    "fanout": {"two": "`analytics` and the first group"},
    "lag": {},
    "partitioning": {
        "4": "a topic that is one of several; without it there is no answer",
        "four": "its partitions",
        "three": "age groups",
        "two": "of its partitions",
    },
    "crash": {"9": "kill -9"},
    "broker-restart": {"201": "a status", "503": "a status"},
    "poison": {},
    "delivery": {},
    "replay": {},
    "streaming-sql": {"three": "table, group and recount"},
    "windows": {},
    "joins": {"two": "partitioners"},
}


def texts(experiment):
    asked = experiment.prediction
    return [asked.question, *asked.options.values(), asked.explanation]


def extremes(experiment):
    """Settings with one of them as small, or as large, as it may be."""
    for field in msgspec.inspect.type_info(experiment.settings).fields:
        kind = field.type.type  # without its description
        for bound in (getattr(kind, "ge", None), getattr(kind, "le", None)):
            if bound is not None:
                yield msgspec.to_builtins(convert(experiment, {field.name: bound}))


def begun(settings, partitions):
    """A run of which nothing is known but how it was meant."""
    story = Story(partitions=partitions)
    story.seen[0]["settings"].update(settings)
    return story


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_prediction_names_no_number_that_can_be_changed(name):
    found = {number.lower() for text in texts(EXPERIMENTS[name]) for number in NUMBER.findall(text)}

    assert found == FIXED[name].keys(), f"say in FIXED why no setting changes {found}, or say it without"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_whatever_the_settings_a_run_that_saw_nothing_has_no_answer(name):
    experiment = EXPERIMENTS[name]
    tried = [begun(settings, partitions) for settings in extremes(experiment) for partitions in (1, 6, 12)]

    assert tried
    assert {experiment.prediction.answer(story.timeline()) for story in tried} == {None}
