"""What `helm install` says at its end: commands that fit the chosen values, on things that exist."""

import re

import pytest
from support.charts import EVERYTHING, EXTERNAL, merged, notes, render

RENDERINGS = {
    "default": {},
    "everything": EVERYTHING,
    "external": merged(EVERYTHING, EXTERNAL),
    "node ports": {"api": {"service": {"type": "NodePort"}}, "kafka": {"external": {"type": "NodePort"}}},
    "three brokers": {"kafka": {"nodes": 3}},
}


@pytest.mark.parametrize("values", RENDERINGS.values(), ids=RENDERINGS)
@pytest.mark.parametrize("release", ["playground", "mine"])
def test_every_command_is_about_something_that_is_installed(values, release):
    told = notes(values, release=release, namespace="here")
    rendered = render(values, release=release, namespace="here")

    for kind, pattern in {
        "Service": r"port-forward service/(\S+)|get service (\S+)",
        "StatefulSet": r"scale statefulset (\S+)",
        "Secret": r"get secret (\S+)",
    }.items():
        for names in re.findall(pattern, told):
            name = names if isinstance(names, str) else "".join(names)
            assert rendered.one(kind, name), name
    for line in re.findall(r"(?m)^  (?:kubectl|helm|playground --target kube) .*", told):
        assert " -n here " in line, line


@pytest.mark.parametrize("values", RENDERINGS.values(), ids=RENDERINGS)
def test_every_port_that_is_forwarded_is_one_of_the_service(values):
    told, rendered = notes(values), render(values)

    for name, port in re.findall(r"port-forward service/(\S+) (?:\d+:)?(\d+)$", told, re.MULTILINE):
        ports = [one["port"] for one in rendered.one("Service", name)["spec"]["ports"]]
        assert int(port) in ports, name


def test_the_dashboard_s_address_fits_how_it_is_reached():
    assert "port-forward service/playground-api 8000:8000" in notes()
    assert "http://NODE:30800" in notes({"api": {"service": {"type": "NodePort", "nodePort": 30800}}})
    published = {"enabled": True, "hosts": ["play.example"]}
    assert "\n  http://play.example\n" in notes({"api": {"ingress": published}})
    secured = published | {"tls": [{"hosts": ["play.example"], "secretName": "s"}]}
    assert "\n  https://play.example\n" in notes({"api": {"ingress": secured}})


SCALE = "scale statefulset playground-"


@pytest.mark.parametrize(
    ("workers", "scaled"),
    [
        ({}, "processor"),
        ({"shipping": {"job": "processor"}}, "processor"),
        ({"processor": None}, "analytics"),
        ({"processor": {"autoscaling": {"enabled": True}}}, "analytics"),
        ({"processor": {"keda": {"enabled": True}}}, "analytics"),
        ({"processor": {"autoscaling": {"enabled": True}}, "analytics": {"keda": {"enabled": True}}}, None),
        ({"processor": None, "analytics": None}, None),
        ({"processor": None, "analytics": None, "load": None}, None),
    ],
)
def test_who_is_scaled_by_hand_is_there_and_nobody_else_s(workers, scaled):
    """An experiment scales the processor."""
    told = notes({"workers": workers})

    assert re.findall(rf"{SCALE}(\S+)", told) == ([scaled] if scaled else [])
    assert ("experiment run rebalance" in told) is (scaled == "processor")


def test_an_autoscaler_for_all_leaves_nobody_to_scale_by_hand():
    told = notes({"workerDefaults": {"autoscaling": {"enabled": True}}})

    assert SCALE not in told
    assert "experiment run" not in told
    assert "load start" not in told


def test_load_is_started_if_there_is_a_load_generator():
    assert " load start" in notes()
    assert " load start" not in notes({"workers": {"load": None}})
    assert "playground --target kube -n play lag\n" in notes({"workers": {"load": None}})


def test_what_is_off_is_named_with_its_value():
    told = notes()

    for key in ("experiments", "kafkaUi", "ksqldb"):
        assert f"({key}.enabled)" in told
    assert "Off:" not in notes(EVERYTHING)


def test_risks_that_were_chosen_are_said():
    assert "networkPolicy.enabled is false" in notes({"networkPolicy": {"enabled": False}})
    assert "no passwords" in notes({"api": {"control": True, "service": {"type": "NodePort"}}})
    assert "ends with its pod" in notes({"kafka": {"persistence": {"enabled": False}}})
    assert not re.search("networkPolicy|no passwords|ends with its pod", notes())


def test_no_password_is_printed():
    told = notes(EVERYTHING)

    assert "admin-password" in told  # the command that shows it
    assert not re.search(r"\b[A-Za-z0-9]{32}\b", told)
