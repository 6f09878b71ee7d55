"""The groups of a run: all of them are deleted at its end, with the configs that were written for them."""

from types import SimpleNamespace

import pytest
from support.stacks import MemoryApi, MemoryStack

from playground.errors import PlaygroundError
from playground.experiments import lab as lab_module
from playground.experiments.lab import Lab
from playground.experiments.timeline import Recorder
from playground.experiments.timing import QUICK


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.setattr(lab_module, "LEFT_SECONDS", 0.1)
    monkeypatch.setattr(lab_module, "LAST_SECONDS", 0.1, raising=False)
    recorder = Recorder(tmp_path / "timeline.jsonl")
    yield Lab(
        None, "run", stack=MemoryStack(), api=MemoryApi(), recorder=recorder, observer=SimpleNamespace()
    )
    recorder.close()


def test_the_config_of_a_group_that_nobody_has_joined_is_deleted(lab):
    lab.api.broken_after_change = True
    with pytest.raises(KeyboardInterrupt):
        lab.tune("members", QUICK)
    assert "run-members" in lab.api.configs

    lab.forget_groups()

    assert lab.api.configs == {}


@pytest.mark.parametrize("kept_by", ["stuck", "denied"])
def test_a_group_that_cannot_be_deleted_keeps_none_of_the_others(lab, kept_by):
    for name in ("one", "two", "three"):
        lab.tune(name, QUICK)
    getattr(lab.api, kept_by).add("run-one")

    with pytest.raises(PlaygroundError, match="run-one"):
        lab.forget_groups()

    assert lab.api.deleted == ["run-two", "run-three"]
    getattr(lab.api, kept_by).clear()
    lab.forget_groups()
    assert lab.api.deleted == ["run-two", "run-three", "run-one"]


def test_all_groups_that_are_left_are_named(lab):
    for name in ("one", "two", "three"):
        lab.tune(name, QUICK)
    lab.api.stuck |= {"run-one", "run-three"}

    with pytest.raises(PlaygroundError, match=r"run-one .*; .*run-three"):
        lab.forget_groups()
