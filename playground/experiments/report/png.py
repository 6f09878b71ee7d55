"""Pictures as PNG, for documents that cannot show SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

import resvg_py

from playground.errors import EnvironmentMissing, NotFound
from playground.experiments.runs import write_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from playground.experiments.report.pictures import Picture

# Twice as many pixels as the picture is wide: sharp on most screens.
ZOOM = 2
BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">%s</svg>'
WORD = '<text y="15" font-family="sans-serif">Kafka</text>'


def write_pictures(pictures: Iterable[Picture], directory: Path) -> list[Path]:
    """One file per picture, `<name>.png`; the directory is made when it is missing.

    Raises EnvironmentMissing without a font, NotFound when the directory cannot be written to.
    """
    if resvg_py.svg_to_bytes(svg_string=BLANK % WORD) == resvg_py.svg_to_bytes(svg_string=BLANK % ""):
        raise EnvironmentMissing(
            "this machine has no font, so a PNG would have no words",
            next_step="install one (Debian: fonts-dejavu-core), or use the pictures of report.html",
        )
    files = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            files.append(directory / f"{picture.name}.png")
            write_file(files[-1], resvg_py.svg_to_bytes(svg_string=picture.svg, zoom=ZOOM))
    except OSError as error:
        raise NotFound(
            f"{directory} cannot be written to: {error.strerror}", next_step="name another folder: --png DIR"
        ) from None
    return files
