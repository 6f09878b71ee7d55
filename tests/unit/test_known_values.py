"""What is left of values for a chart that does not know all of them."""

import json

import yaml
from support.known_values import for_chart, known
from support.release import CHART

SCHEMA = {
    "additionalProperties": False,
    "properties": {
        "open": {"type": "object"},
        "labels": {"additionalProperties": {"type": "string"}},
        "workers": {
            "propertyNames": {"pattern": "^[a-z]+$"},
            "additionalProperties": {"additionalProperties": False, "properties": {"replicas": {}}},
        },
        "rules": {"propertyNames": {"enum": ["kafka"]}, "additionalProperties": {"type": "array"}},
    },
}


def test_keys_without_a_place_are_left_out_at_every_depth():
    values = {
        "new": {"enabled": True},
        "open": {"whatever": {"deep": 1}},
        "labels": {"a": "b"},
        "workers": {"load": {"replicas": 1, "new": 2}, "N0": {"replicas": 1}},
        "rules": {"kafka": [{"from": []}], "new": []},
    }

    assert known(values, SCHEMA) == {
        "open": {"whatever": {"deep": 1}},
        "labels": {"a": "b"},
        "workers": {"load": {"replicas": 1}},
        "rules": {"kafka": [{"from": []}]},
    }


def test_this_chart_knows_all_of_its_own_values():
    values = yaml.safe_load((CHART / "values.yaml").read_text())

    assert known(values, json.loads((CHART / "values.schema.json").read_text())) == values


def test_files_of_one_name_stay_two(tmp_path):
    names = ("one", "two")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "values.yaml").write_text(f"{{fullnameOverride: {name}, new: 1}}")

    written = for_chart(CHART, [tmp_path / name / "values.yaml" for name in names], tmp_path)

    assert [yaml.safe_load(path.read_text()) for path in written] == [
        {"fullnameOverride": name} for name in names
    ]
