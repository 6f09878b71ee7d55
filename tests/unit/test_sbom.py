"""`make sbom`: every part that the image names, the same file for the same image."""

import json
import re

import pytest
from cyclonedx.output.json import JsonV1Dot6
from support.programs import ROOT, load

AGENT = re.search(r'SHA256 = "(\w+)"', (ROOT / "images/playground/fetch_agent.py").read_text()).group(1)
FOUND = {
    "python": [["msgspec", "0.22.0"], ["flask", "3.1.3"]],
    "system": [["libc6", "2.36-9", "amd64"]],
    "distribution": "debian",
    "agent": AGENT,
}


@pytest.fixture(scope="module")
def sbom():
    return load("tools/sbom.py")


def written(sbom, image="playground:0.1.0", **found):
    return JsonV1Dot6(sbom.describe(image, FOUND | found)).output_as_string(indent=2)


def test_every_part_has_the_address_that_vulnerability_databases_know(sbom):
    document = json.loads(written(sbom))

    assert sorted(part["purl"] for part in document["components"]) == [
        "pkg:deb/debian/libc6@2.36-9?arch=amd64",
        "pkg:maven/io.prometheus.jmx/jmx_prometheus_javaagent@1.0.1",
        "pkg:pypi/flask@3.1.3",
        "pkg:pypi/msgspec@0.22.0",
    ]
    assert document["metadata"]["component"]["name"] == "playground"


def test_the_same_image_gives_the_same_file_and_another_one_another(sbom):
    assert written(sbom) == written(sbom, python=FOUND["python"][::-1])
    assert written(sbom) != written(sbom, python=FOUND["python"][:1])


def test_an_agent_that_is_not_the_pinned_one_is_refused(sbom):
    with pytest.raises(ValueError, match=f"not {AGENT}"):
        written(sbom, agent="0" * 64)
