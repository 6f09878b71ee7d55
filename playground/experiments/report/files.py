"""Writes the report of a run into its folder."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playground.experiments.report.content import report_blocks
from playground.experiments.report.html_page import html_page
from playground.experiments.report.markdown_page import markdown_page
from playground.experiments.report.pictures import draw_own, draw_pictures
from playground.experiments.runs import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from playground.experiments.experiment import Experiment
    from playground.experiments.runs import Judgement
    from playground.experiments.timeline import Timeline

HTML_FILE, MARKDOWN_FILE = "report.html", "report.md"


@dataclass(frozen=True)
class ReportFiles:
    """Where the report was written. `pictures`: those that were exported."""

    html: Path
    markdown: Path
    pictures: list[Path] = field(default_factory=list)


def write_report(
    experiment: Experiment,
    timeline: Timeline,
    judgement: Judgement,
    folder: Path,
    *,
    pictures_into: Path | None = None,
) -> ReportFiles:
    """report.html and report.md of a run; `pictures_into`: a folder for its pictures as PNG.

    Raises EnvironmentMissing when pictures are wanted and the machine has no font.
    """
    groups, own = draw_pictures(timeline), draw_own(experiment, timeline)
    pictures = []
    if pictures_into is not None:
        from playground.experiments.report.png import write_pictures  # noqa: PLC0415 - few want pictures

        drawn = [*own, *(each for group in groups for each in group.pictures)]
        pictures = write_pictures(drawn, pictures_into)
    blocks = report_blocks(experiment, timeline, judgement, groups, own)
    links = {file.stem: os.path.relpath(file, folder).replace(os.sep, "/") for file in pictures}
    html, markdown = folder / HTML_FILE, folder / MARKDOWN_FILE
    title = f"{experiment.title}: {judgement.verdict} ({judgement.run})"
    write_file(html, html_page(title, blocks).encode())
    write_file(markdown, markdown_page(blocks, links).encode())
    return ReportFiles(html, markdown, pictures)
