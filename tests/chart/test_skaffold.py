"""skaffold.yaml: what it names exists, and what it copies into a running pod can be written and is served."""

import posixpath

import pytest
import yaml
from support.charts import CHART, render

ROOT = CHART.parents[1]
SKAFFOLD = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
[ARTIFACT] = SKAFFOLD["build"]["artifacts"]
[RELEASE] = SKAFFOLD["deploy"]["helm"]["releases"]


def given(pairs):
    """`a.b: 1` as the values that helm makes of it."""
    values = {}
    for path, value in pairs.items():
        *parents, last = path.split(".")
        place = values
        for name in parents:
            place = place.setdefault(name, {})
        place[last] = value
    return values


def test_it_installs_this_chart_with_the_image_it_builds():
    assert ROOT / RELEASE["chartPath"] == CHART
    assert (ROOT / ARTIFACT["docker"]["dockerfile"]).is_file()
    built = {"image.repository": "mirror/playground", "image.tag": "3f2a"}
    assert RELEASE["setValueTemplates"].keys() == built.keys()

    pods = render(given(RELEASE["setValues"] | built)).pod("Deployment/playground-api")

    assert {one["image"] for one in pods.spec["containers"]} == {"mirror/playground:3f2a"}


@pytest.mark.parametrize("sync", ARTIFACT["sync"]["manual"], ids=lambda each: each["src"])
def test_files_can_be_written_where_they_are_used(sync):
    source = posixpath.dirname(sync["src"])
    folder = posixpath.join(sync["dest"], source)
    assert f"COPY {source} {folder}\n" in (ROOT / ARTIFACT["docker"]["dockerfile"]).read_text()

    pods = render(given(RELEASE["setValues"])).pod("Deployment/playground-api")

    [mount] = [one for one in pods.spec["containers"][0]["volumeMounts"] if one["mountPath"] == folder]
    assert {"name": mount["name"], "emptyDir": {}} in pods.spec["volumes"]
    [copied] = [one for one in pods.spec["initContainers"] if one["name"] == "copy-files"]
    assert [one["name"] for one in copied["volumeMounts"]] == [mount["name"]]
    assert f"'{source}'" in copied["command"][-1]


@pytest.mark.parametrize("sync", ARTIFACT["sync"]["manual"], ids=lambda each: each["src"])
def test_files_can_be_written_into_every_pod_of_the_image(sync):
    """A changed file is copied into all of them; one that cannot take it stops that."""
    folder = posixpath.join(sync["dest"], posixpath.dirname(sync["src"]))
    rendered = render(given(RELEASE["setValues"]))
    ours = rendered.pod("Deployment/playground-api").spec["containers"][0]["image"]
    seen = 0

    for pods in rendered.pods():
        for container in pods.spec["containers"]:
            if container["image"] == ours and not pods.owner.startswith(("Job/", "Pod/")):
                assert folder in [one["mountPath"] for one in container["volumeMounts"]], pods.owner
                seen += 1
    assert seen == 5  # the API, the exporter, three kinds of workers


def test_without_skaffold_nothing_of_the_image_can_be_written():
    for pods in render().pods():
        for container in pods.spec["containers"]:
            mounts = container.get("volumeMounts", [])
            assert not [one for one in mounts if one["mountPath"].startswith("/app")], pods.owner


@pytest.mark.parametrize("profile", SKAFFOLD["profiles"], ids=lambda each: each["name"])
def test_a_profile_is_the_charts_profile_of_that_name(profile):
    [patch] = profile["patches"]

    assert patch["path"] == "/deploy/helm/releases/0/valuesFiles"
    assert patch["value"] == [f"charts/playground/values-{profile['name']}.yaml"]
    assert (ROOT / patch["value"][0]).is_file()
