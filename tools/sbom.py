"""`make sbom`: what is in the image, as CycloneDX JSON.

    make sbom                               playground.cdx.json, of the image that `make image` built
    python tools/sbom.py IMAGE FILE         of another one

The image itself is asked: its Python packages, its Debian packages, and the Java agent. The same image gives
the same file, so that two of them can be compared.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import uuid
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parents[1]
AGENT = ROOT / "images/playground/fetch_agent.py"
# Runs in the image, on its own Python.
ASK = """
import hashlib, importlib.metadata, json, pathlib, re
packages = sorted({(each.name, each.version) for each in importlib.metadata.distributions()})
status = pathlib.Path("/var/lib/dpkg/status")
entries = status.read_text().split("\\n\\n") if status.exists() else []
fields = [dict(re.findall(r"(?m)^([A-Z][A-Za-z-]+): (.*)$", entry)) for entry in entries]
here = [one for one in fields if one.get("Status", "").endswith(" installed")]
system = sorted([one["Package"], one["Version"], one["Architecture"]] for one in here)
agent = hashlib.sha256(pathlib.Path("/app/jmx-exporter.jar").read_bytes()).hexdigest()
release = dict(re.findall(r'(?m)^([A-Z_]+)="?([^"\\n]*)', pathlib.Path("/etc/os-release").read_text()))
print(json.dumps({"python": packages, "system": system, "distribution": release["ID"], "agent": agent}))
"""


def main() -> int:
    """Write it; the exit code: 0 done, 1 the image cannot be asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", help="an image of ours that docker has")
    parser.add_argument("file", type=Path, help="where the SBOM goes")
    given = parser.parse_args()
    done = subprocess.run(
        ["docker", "run", "--rm", "--network=none", "--entrypoint=python", given.image, "-c", ASK],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print(f"{given.image} cannot be asked: {done.stderr.strip()}\nNext: make image", file=sys.stderr)
        return 1
    bom = describe(given.image, json.loads(done.stdout))
    given.file.write_text(JsonV1Dot6(bom).output_as_string(indent=2) + "\n", encoding="utf-8")
    print(f"{given.file}: {len(bom.components)} components")
    return 0


def describe(image: str, found: dict) -> Bom:
    """The parts that the image named. Raises ValueError when its Java agent is not the pinned one."""
    name, _, version = image.rpartition(":")
    parts = [
        *(part("pypi", name, version) for name, version in found["python"]),
        *(
            part("deb", name, version, namespace=found["distribution"], qualifiers={"arch": architecture})
            for name, version, architecture in found["system"]
        ),
        agent(found["agent"]),
    ]
    parts.sort(key=lambda each: str(each.purl))
    content = "\n".join(str(each.purl) for each in parts)
    bom = Bom(components=parts, serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"{image}\n{content}"))
    whole = Component(type=ComponentType.CONTAINER, name=name, version=version, bom_ref=image)
    bom.metadata.component = whole
    bom.metadata.timestamp = None
    bom.register_dependency(whole, parts)
    return bom


def part(kind: str, name: str, version: str, **more: object) -> Component:
    """One package, with the address by which databases of vulnerabilities know it."""
    purl = PackageURL(kind, name=name, version=version, **more)
    return Component(type=ComponentType.LIBRARY, name=name, version=version, purl=purl, bom_ref=str(purl))


def agent(sha256: str) -> Component:
    """The broker's JMX exporter."""
    text = AGENT.read_text(encoding="utf-8")
    pinned = dict(re.findall(r'(?m)^(VERSION|SHA256) = "(.+)"$', text))
    if pinned["SHA256"] != sha256:
        raise ValueError(f"the agent in the image has SHA-256 {sha256}, not {pinned['SHA256']}")
    found = part("maven", "jmx_prometheus_javaagent", pinned["VERSION"], namespace="io.prometheus.jmx")
    found.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=sha256))
    return found


if __name__ == "__main__":
    sys.exit(main())
