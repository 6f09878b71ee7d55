"""A judgement as JUnit XML, which every CI system shows."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from playground.experiments.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from playground.experiments.runs import Judgement


def write_junit(file: Path, judgement: Judgement) -> None:
    """One test case per check. An inconclusive one is an `error`: it is no pass."""
    checks = judgement.checks
    suite = ET.Element(
        "testsuite",
        name=f"experiment.{judgement.experiment}",
        tests=str(len(checks)),
        failures=str(sum(check.verdict is Verdict.FAILED for check in checks)),
        errors=str(sum(check.verdict is Verdict.INCONCLUSIVE for check in checks)),
    )
    for check in checks:
        case = ET.SubElement(
            suite, "testcase", classname=f"experiment.{judgement.experiment}", name=check.name
        )
        if check.verdict is Verdict.PASSED:
            ET.SubElement(case, "system-out").text = f"{check.claim}: {check.detail}"
        else:
            kind = "failure" if check.verdict is Verdict.FAILED else "error"
            ET.SubElement(case, kind, message=check.detail).text = check.claim
    ET.indent(suite)
    ET.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)
