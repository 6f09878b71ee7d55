"""`make chart-golden`: what the chart makes of each profile, kept to be read in a review."""

from __future__ import annotations

import re
from pathlib import Path

from support.charts import template, without_secrets

GOLDEN = Path(__file__).resolve().parents[1] / "chart/golden"
PROFILES = ("default", "tiny", "full", "ha")


def golden(profile: str) -> str:
    """The rendering of a profile, without what chance or another folder makes.

    Of the files of monitoring/ there is a line each: they are kept there, and checked there.
    """
    text = template(files=() if profile == "default" else (f"values-{profile}.yaml",))
    documents = [_without_files(one) for one in re.split(r"(?m)^---\n", text) if one.strip()]
    return "".join(f"---\n{one}" for one in sorted(documents))


def _without_files(document: str) -> str:
    document = re.sub(r"(checksum/config): \S+", r"\1: MASKED", without_secrets(document))
    lines = document.splitlines(keepends=True)
    if "kind: ConfigMap" not in document or not re.search(
        r"templates/(monitoring|prometheus|tests)/", document
    ):
        return "".join(lines)
    kept, inside = [], False
    for line in lines:
        if re.match(r"  \S+: \|", line):
            kept.append(line.rstrip("\n").rstrip("|-") + "(a file)\n")
            inside = True
        elif not inside or not line.startswith(("    ", "\n")):
            inside = False
            kept.append(line)
    return "".join(kept)


if __name__ == "__main__":
    for each in PROFILES:
        (GOLDEN / f"{each}.yaml").write_text(golden(each), encoding="utf-8")
