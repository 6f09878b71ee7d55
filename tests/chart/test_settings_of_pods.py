"""What the chart tells our programs, read by the very code that reads it in the pod."""

import re

import pytest
from support.charts import EVERYTHING, EXTERNAL, merged, render

from playground.jobs import GROUP_OF_KIND
from playground.settings import PREFIX, read_settings

RENDERINGS = {"default": {}, "everything": EVERYTHING, "external": merged(EVERYTHING, EXTERNAL)}


def environment(rendered, pods, container):
    """What the container will find, references resolved, file names kept."""
    found = {}
    for source in container.get("envFrom", []):
        found |= rendered.one("ConfigMap", source["configMapRef"]["name"])["data"]
    for one in container.get("env", []):
        if "value" in one:
            found[one["name"]] = re.sub(r"\$\((\w+)\)", lambda name: found.get(name[1], "1"), one["value"])
        elif "secretKeyRef" in one["valueFrom"]:
            found[one["name"]] = "postgresql://somebody:secret@somewhere/orders"
        else:
            found[one["name"]] = "1"
    return found


def ours(rendered):
    """Our own programs that read settings: name, container and what it finds."""
    return [
        (f"{pods.owner} {container['name']}", container, environment(rendered, pods, container))
        for pods in rendered.pods()
        for container in pods.containers
        if {"configMapRef": {"name": "playground-settings"}} in container.get("envFrom", [])
    ]


@pytest.fixture(params=RENDERINGS)
def rendered(request):
    return render(RENDERINGS[request.param])


def test_every_setting_is_known_and_its_value_is_accepted(rendered, tmp_path):
    present = tmp_path / "file"
    present.touch()
    programs = ours(rendered)

    assert len(programs) >= 8
    for name, _, found in programs:
        given = {key: value for key, value in found.items() if key.startswith(PREFIX)}
        files = {key for key in given if key.endswith("_FILE")}
        settings = read_settings(given | dict.fromkeys(files, str(present)))  # refuses what it does not know
        assert settings.kafka.external, name


def test_nothing_else_is_told_to_our_programs(rendered):
    for name, _, found in ours(rendered):
        assert {key for key in found if not key.startswith(PREFIX)} <= {"POD_INDEX"}, name


def test_files_that_settings_name_are_mounted(rendered):
    for name, container, found in ours(rendered):
        places = [one["mountPath"] for one in container.get("volumeMounts", [])]
        for key, file in found.items():
            if key.startswith(PREFIX) and key.endswith("_FILE"):
                assert any(file.startswith(f"{place}/") for place in places), f"{name} {key}"


def test_values_reach_the_settings_they_are_named_after(tmp_path):
    rendered = render(
        {
            "topics": {"partitions": 12},
            "workers": {
                "shipping": {
                    "job": "processor",
                    "groupId": "shipping",
                    "groupProtocol": "classic",
                    "assignor": "cooperative-sticky",
                    "staticMembership": True,
                    "extraEnv": {"PLAYGROUND_CONSUMER_DELIVERY": "at-least-once"},
                    "faults": {"processingDelayMs": 20},
                }
            },
            "workerDefaults": {"faults": {"failureRatio": 0.25}},
        }
    )
    pods = rendered.pod("StatefulSet/playground-shipping")
    settings = read_settings(environment(rendered, pods, pods.spec["containers"][0]))

    assert settings.topics.partitions == 12
    assert settings.worker_name == "shipping-1"
    assert settings.consumer.group_id == "shipping"
    assert settings.consumer.assignor == "cooperative-sticky"
    assert settings.consumer.instance_id_of("shipping-1") == "shipping-1"
    assert settings.consumer.delivery == "at-least-once"
    assert settings.faults.processing_delay_ms == 20
    assert settings.faults.failure_ratio == 0.25


def test_a_new_consumer_group_is_four_lines():
    rendered = render({"workers": {"shipping": {"job": "processor", "groupId": "shipping", "replicas": 2}}})
    before = render()

    workers = rendered.one("StatefulSet", "playground-shipping")["spec"]
    assert workers["replicas"] == 2
    assert workers["template"]["spec"]["containers"][0]["args"] == ["workers", "processor"]
    assert (
        rendered.one("ConfigMap", "playground-shipping")["data"]["PLAYGROUND_CONSUMER_GROUP_ID"] == "shipping"
    )
    assert len(rendered.of("StatefulSet")) == len(before.of("StatefulSet")) + 1
    others = {pods.owner: pods for pods in rendered.pods()}
    assert [others[pods.owner] for pods in before.pods()] == before.pods()


def test_a_number_of_replicas_that_is_left_out_is_left_to_whoever_scales():
    rendered = render({"workers": {"processor": {"replicas": None}, "load": {"replicas": 0}}})

    assert "replicas" not in rendered.one("StatefulSet", "playground-processor")["spec"]
    assert rendered.one("StatefulSet", "playground-load")["spec"]["replicas"] == 0


def test_an_entry_that_says_zero_or_false_wins_over_the_defaults():
    rendered = render(
        {
            "workerDefaults": {"staticMembership": True, "faults": {"failureRatio": 0.5}},
            "workers": {"processor": {"staticMembership": False, "faults": {"failureRatio": 0}}},
        }
    )

    assert (
        "PLAYGROUND_CONSUMER_GROUP_INSTANCE_ID"
        not in rendered.one("ConfigMap", "playground-processor")["data"]
    )
    assert rendered.one("ConfigMap", "playground-processor")["data"]["PLAYGROUND_FAULT_FAILURE_RATIO"] == "0"
    assert (
        rendered.one("ConfigMap", "playground-analytics")["data"]["PLAYGROUND_FAULT_FAILURE_RATIO"] == "0.5"
    )


def test_a_changed_setting_restarts_who_reads_it_and_nobody_else():
    before = {pods.owner: pods.metadata for pods in render().pods()}
    after = {
        pods.owner: pods.metadata for pods in render({"workers": {"processor": {"batchSize": 100}}}).pods()
    }

    assert {owner for owner in before if before[owner] != after[owner]} == {
        "StatefulSet/playground-processor"
    }


def test_every_worker_of_the_chart_is_of_a_kind_that_exists():
    jobs = {one["spec"]["template"]["spec"]["containers"][0]["args"][1] for one in worker_sets(render())}

    assert jobs == set(GROUP_OF_KIND) - {"exporter"}


def worker_sets(rendered):
    return [one for one in rendered.of("StatefulSet") if "worker" in one["metadata"]["labels"]]
