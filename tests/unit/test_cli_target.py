"""Which playground a command is about."""

import pytest

from playground.cli import target
from playground.cli.entry import FAILED, LOCAL_ONLY, USAGE, run
from playground.errors import StackError


@pytest.mark.parametrize("command", sorted(LOCAL_ONLY))
def test_what_is_about_this_machine_is_refused_for_a_cluster(command, capsys):
    assert run(["--target", "kube", command]) == FAILED

    said = capsys.readouterr().err
    assert f"`playground {command}` is about this machine" in said
    assert f"next: playground {command}, without --target kube" in said


def test_a_target_that_there_is_not_is_a_mistake_of_usage(capsys):
    assert run(["--target", "moon", "status"]) == USAGE
    assert "moon" in capsys.readouterr().err


def test_context_and_namespace_reach_the_cluster(monkeypatch, capsys):
    places = []

    def away(place):
        places.append(place)
        raise StackError("the cluster does not answer", next_step="kubectl cluster-info")

    monkeypatch.setattr("playground.cluster.signals.cluster_stack", away)

    assert run(["--target", "kube", "--context", "blue", "-n", "demo", "status"]) == FAILED

    assert [(place.context, place.namespace) for place in places] == [("blue", "demo")]
    assert "next: kubectl cluster-info" in capsys.readouterr().err


def test_a_command_may_name_the_target_itself(monkeypatch):
    places = []

    def away(place):
        places.append(place)
        raise StackError("the cluster does not answer")

    monkeypatch.setattr("playground.cluster.signals.cluster_stack", away)

    assert run(["-n", "demo", "experiment", "run", "rebalance", "--target", "kube"]) == FAILED

    assert [place.namespace for place in places] == ["demo"]


def test_without_a_command_nothing_is_about_a_cluster():
    assert target.chosen_cluster() is None
