"""Experiments as documents: what `playground experiment show` and GET /experiments tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.experiments.given import describe_settings

if TYPE_CHECKING:
    from playground.experiments.experiment import Experiment


def describe(experiment: Experiment) -> dict[str, Any]:
    """Everything about one experiment, except what the answer to its question is."""
    return {
        "name": experiment.name,
        "title": experiment.title,
        "question": experiment.question,
        "story": experiment.story,
        "minutes": experiment.minutes,
        "needs": list(experiment.needs),
        "prediction": {
            "question": experiment.prediction.question,
            "options": experiment.prediction.options,
        },
        "claims": [{"name": check.name, "claim": check.claim} for check in experiment.checks],
        "steps": [step.title for step in experiment.steps(experiment.settings())],
        "settings": describe_settings(experiment.settings),
    }
