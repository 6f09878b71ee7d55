"""`make soak` sees what was killed, and says what each container took."""

import pytest
from support.programs import load


@pytest.fixture(scope="module")
def soak():
    return load("tools/soak.py")


class Cluster:
    """kubectl of a cluster with one pod."""

    def __init__(self, phase="Running"):
        self.phase = phase
        self.status = {"name": "kafka", "restartCount": 2, "lastState": {}}
        self.top = "kafka-0 kafka 20m 300Mi\n"

    def json(self, *_words):
        spec = {"containers": [{"name": "kafka", "resources": {"limits": {"memory": "900Mi"}}}]}
        status = {"phase": self.phase, "containerStatuses": [self.status]}
        return {"items": [{"metadata": {"name": "kafka-0"}, "spec": spec, "status": status}]}

    def __call__(self, *_words):
        return self.top


def test_a_pod_that_lives_through_it_is_measured(soak, capsys):
    cluster, seen = Cluster(), {}
    soak.look(cluster, seen)
    cluster.top = "kafka-0 kafka 20m 1Gi\n"
    soak.look(cluster, seen)

    assert seen["kafka-0/kafka"].peak == 2**30
    assert soak.report(seen) == 0
    assert "| kafka-0/kafka | 1024 | 1024 | 900 | 2 |  |" in capsys.readouterr().out


def test_a_container_that_was_killed_is_named_with_the_reason(soak, capsys):
    cluster, seen = Cluster(), {}
    soak.look(cluster, seen)
    cluster.status |= {"restartCount": 3, "lastState": {"terminated": {"reason": "OOMKilled"}}}
    soak.look(cluster, seen)

    assert soak.report(seen) == 1
    printed = capsys.readouterr()
    assert "OOMKilled" in printed.out
    assert "killed or restarted: kafka-0/kafka" in printed.err


def test_restarts_of_before_and_jobs_that_are_done_do_not_count(soak):
    seen = {}
    soak.look(Cluster("Succeeded"), seen)
    assert seen == {}
    soak.look(Cluster(), seen)
    assert soak.report(seen) == 0


def test_what_was_never_measured_is_no_success(soak, capsys):
    cluster, seen = Cluster(), {}
    cluster.top = ""
    soak.look(cluster, seen)

    assert soak.report(seen) == 1
    assert "metrics-server" in capsys.readouterr().err
