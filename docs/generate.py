"""`make docs`: writes the documents that are made from the program."""

from __future__ import annotations

from pathlib import Path

from playground.experiments.report.catalog_page import catalog_page

DOCUMENTS = {Path(__file__).with_name("experiments.md"): catalog_page}


def main() -> None:
    """Write each of them anew."""
    for file, content in DOCUMENTS.items():
        file.write_text(content(), encoding="utf-8")


if __name__ == "__main__":
    main()
