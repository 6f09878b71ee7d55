"""docs/experiments.md is what the experiments say, and gives no answers away."""

import dataclasses
from pathlib import Path

from playground import stack
from playground.experiments.catalog import EXPERIMENTS
from playground.experiments.report.catalog_page import catalog_page

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "experiments.md"


def test_the_document_is_what_the_experiments_say():
    assert DOCUMENT.read_text(encoding="utf-8") == catalog_page(), "run `make docs`"


def test_it_has_everything_but_the_answers():
    for each in EXPERIMENTS.values():
        page = catalog_page([each])

        assert f"## {each.name}" in page
        assert f"playground experiment run {each.name} --predict LETTER" in page
        for check in each.checks:
            assert f"| {check.name} |" in page
        for name in each.settings.__struct_fields__:
            assert name.replace("_", "\\_") in page
        for letter in each.prediction.options:
            assert f"- **{letter}** " in page
        assert each.prediction.explanation[:40] not in page


def test_abilities_are_explained():
    chosen = dataclasses.replace(next(iter(EXPERIMENTS.values())), needs=("Killable",))

    assert f"| Killable | {stack.Killable.__doc__.strip()} |" in catalog_page([chosen])
