"""Passwords are in Secrets, and nowhere else."""

import base64
import json
import re

import pytest
from support.charts import EVERYTHING, EXTERNAL, merged, render


@pytest.mark.parametrize("values", [EVERYTHING, merged(EVERYTHING, EXTERNAL)], ids=["ours", "external"])
def test_what_a_secret_holds_stands_nowhere_else(values):
    rendered = render(values)
    secrets = [value for one in rendered.of("Secret") for value in contents(one)]
    elsewhere = json.dumps([one for one in rendered if one["kind"] != "Secret"])

    for value in secrets:
        assert value not in elsewhere


@pytest.mark.parametrize("values", [EVERYTHING, merged(EVERYTHING, EXTERNAL)], ids=["ours", "external"])
def test_no_variable_or_argument_holds_a_password_in_clear(values):
    """A password in clear is seen by whoever may look at pods, which many may."""
    rendered = render(values)
    for one in rendered.of("ConfigMap"):
        for key, value in one["data"].items():
            assert not re.search(r"(?i)password(?!_{0,2}file)", key), f"{one['metadata']['name']} {key}"
            assert not re.search(r"://[^\s/@:]+:[^\s/@$]+@", value), f"{one['metadata']['name']} {key}"
    for pods in rendered.pods():
        for container in pods.containers:
            for variable in container.get("env", []):
                if re.search(r"(?i)password|secret|token|_url$", variable["name"]):
                    indirect = "valueFrom" in variable or variable["name"].endswith(("_FILE", "__FILE"))
                    assert indirect, f"{pods.owner} {variable['name']}"
            for argument in [*container.get("command", []), *container.get("args", [])]:
                assert not re.search(r"(?i)password=", argument), f"{pods.owner} {argument}"


def test_a_generated_password_is_long_and_fits_in_an_address():
    data = render().one("Secret", "playground-database")["stringData"]

    assert re.fullmatch(r"[A-Za-z0-9]{32}", data["password"])
    assert data["url"] == f"postgresql://playground:{data['password']}@playground-database:5432/playground"


def test_a_secret_of_yours_is_used_and_none_is_made():
    rendered = render({"database": {"auth": {"existingSecret": "orders-login"}}})

    assert not [one for one in rendered.of("Secret") if "database" in one["metadata"]["name"]]
    database = rendered.pod("StatefulSet/playground-database").spec
    assert {"secretName": "orders-login", "items": [{"key": "password", "path": "password"}]} in [
        one.get("secret") for one in database["volumes"]
    ]
    api = rendered.pod("Deployment/playground-api").spec["containers"][0]
    assert {"name": "orders-login", "key": "url"} in [
        one.get("valueFrom", {}).get("secretKeyRef") for one in api["env"]
    ]


def contents(secret):
    plain = list(secret.get("stringData", {}).values())
    return plain + [base64.b64decode(value).decode() for value in secret.get("data", {}).values()]
