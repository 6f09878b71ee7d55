"""A setting that the chart gives already cannot be given again: one of the two would be lost in silence."""

import pytest
from support.charts import EVERYTHING, merged, render
from support.refusals import refused


def given(path, name):
    values = {name: "1"}
    for key in reversed(path.split(".")):
        values = {key: values}
    return values


@pytest.mark.parametrize(
    ("path", "name"),
    [
        # Of the same ConfigMap.
        ("api.extraEnv", "PLAYGROUND_API_PORT"),
        ("api.extraEnv", "PLAYGROUND_API_CONTROL"),
        ("exporter.extraEnv", "PLAYGROUND_EXPORTER_INTERVAL_MS"),
        ("workerDefaults.extraEnv", "PLAYGROUND_WORKER_HTTP_PORT"),
        ("workers.processor.extraEnv", "PLAYGROUND_CONSUMER_BATCH_SIZE"),
        # Of the pod, whose own variables stand above every ConfigMap.
        ("api.extraEnv", "PLAYGROUND_DATABASE_URL"),
        ("workerDefaults.extraEnv", "PLAYGROUND_WORKER_NAME"),
        ("workers.load.extraEnv", "PLAYGROUND_DATABASE_URL"),
        ("workers.load.extraEnv", "POD_INDEX"),
    ],
)
def test_a_setting_that_the_chart_gives(path, name):
    with refused(rf"^{path}\.{name}: the chart gives this setting already", "leave it out there"):
        render(merged(EVERYTHING, given(path, name)))


@pytest.mark.parametrize(
    ("path", "config"),
    [
        ("api.extraEnv", "api"),
        ("exporter.extraEnv", "exporter"),
        ("workerDefaults.extraEnv", "processor"),
        ("workers.processor.extraEnv", "processor"),
    ],
)
def test_another_setting_is_welcome(path, config):
    data = render(given(path, "PLAYGROUND_RUNS_DIR")).one("ConfigMap", f"playground-{config}")["data"]

    assert data["PLAYGROUND_RUNS_DIR"] == "1"


def test_a_setting_that_depends_on_a_value_is_welcome_without_that_value():
    group = given("workers.processor.extraEnv", "PLAYGROUND_CONSUMER_GROUP_ID")

    assert render(group)
    with refused(r"PLAYGROUND_CONSUMER_GROUP_ID: the chart gives", "."):
        render(merged(group, {"workers": {"processor": {"groupId": "orders"}}}))


def test_an_entry_of_workers_may_say_otherwise_than_the_defaults():
    values = merged(
        given("workerDefaults.extraEnv", "PLAYGROUND_CONSUMER_DELIVERY"),
        {"workers": {"processor": {"extraEnv": {"PLAYGROUND_CONSUMER_DELIVERY": "at-most-once"}}}},
    )
    data = render(values).one("ConfigMap", "playground-processor")["data"]

    assert data["PLAYGROUND_CONSUMER_DELIVERY"] == "at-most-once"
