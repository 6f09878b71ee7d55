"""`make docs`: writes the documents that are made from something else; `--check` says which are behind."""

from __future__ import annotations

import sys
from pathlib import Path

import chart_values

from playground.experiments.report.catalog_page import catalog_page

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = {
    ROOT / "docs/experiments.md": catalog_page,
    chart_values.CHART / "values.schema.json": chart_values.schema,
    chart_values.CHART / "README.md": chart_values.readme,
}


def main() -> None:
    """Write each of them anew, or only compare. Exits with what to do when something must be done."""
    undescribed = chart_values.undescribed()
    if undescribed:
        sys.exit(f"charts/playground/values.yaml: `# --` is missing above {', '.join(undescribed)}")
    behind = [file for file, content in DOCUMENTS.items() if file.read_text(encoding="utf-8") != content()]
    if "--check" in sys.argv[1:]:
        if behind:
            sys.exit(
                f"run `make docs`: behind are {', '.join(str(file.relative_to(ROOT)) for file in behind)}"
            )
        return
    for file, content in DOCUMENTS.items():
        file.write_text(content(), encoding="utf-8")


if __name__ == "__main__":
    main()
