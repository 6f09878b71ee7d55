"""`make kind` says what a machine lacks, in numbers, and loads what docker has here already."""

from types import SimpleNamespace

import pytest
from support.programs import load

PROGRAMS = ("docker", "kind", "kubectl", "helm")


@pytest.fixture
def kind():
    return load("tools/kind.py")


@pytest.fixture
def machine(kind, monkeypatch, tmp_path):
    """A machine of which docker says this, with the programs of `on_path` and nothing at any port."""

    def machine(
        docker_says="2 4000000000", on_path=("docker", "kind", "kubectl", "helm"), free=50e9, ports=()
    ):
        docker = tmp_path / "docker"
        docker.write_text(f"#!/bin/sh\n[ -n '{docker_says}' ] && echo '{docker_says}'\n")
        docker.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        monkeypatch.setattr(kind.shutil, "which", lambda name: name if name in on_path else None)
        monkeypatch.setattr(kind.shutil, "disk_usage", lambda _path: SimpleNamespace(free=free))
        monkeypatch.setattr(kind, "listens", lambda port: port in ports)
        monkeypatch.setattr(kind, "MIN_INOTIFY", {})
        return kind.preflight(exists=False)

    return machine


def test_a_machine_with_enough_of_everything_lacks_nothing(machine):
    assert machine() == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"on_path": ("docker", "kubectl", "helm")}, "kind: not on PATH"),
        ({"docker_says": "1 8000000000"}, "processors: docker has 1, 2 are needed"),
        ({"docker_says": "2 2000000000"}, "memory: docker has 1.9 GiB, 3.6 GiB are needed"),
        ({"docker_says": ""}, "docker: it does not run, or you may not use it: docker info"),
        ({"free": 3e9}, "disk: 3.0 GB are free in"),
        ({"ports": (30092,)}, "port 30092: something listens there already"),
    ],
)
def test_what_is_missing_is_said_in_numbers(machine, given, said):
    (problem,) = machine(**given)

    assert said in problem


def test_too_few_inotify_instances_are_said_with_the_command_that_helps(machine, kind, monkeypatch):
    machine()
    monkeypatch.setattr(kind, "MIN_INOTIFY", {"max_user_instances": 2**60})

    (problem,) = kind.preflight(exists=False)

    assert f"sysctl -w fs.inotify.max_user_instances={2**60}" in problem


def test_a_cluster_that_is_there_has_its_port(machine, kind):
    machine(ports=(30092,))

    assert kind.preflight(exists=True) == []


def test_images_of_the_chart_but_our_own(kind, monkeypatch):
    rendered = (
        '  image: "playground:0.1.0"\n  image: apache/kafka:4.3.1\n    image: "postgres:18"\n  name: x\n'
    )
    monkeypatch.setattr(kind, "output", lambda *_words: rendered)

    assert kind.images_wanted([]) == {"apache/kafka:4.3.1", "postgres:18"}
