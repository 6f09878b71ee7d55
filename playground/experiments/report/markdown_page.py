"""Blocks as GitHub Markdown. Whatever people or workers wrote stays text."""

from __future__ import annotations

import re
from functools import singledispatchmethod
from typing import TYPE_CHECKING

from playground.experiments.report.document import (
    Callout,
    Command,
    Drawn,
    Folded,
    Grid,
    Heading,
    Options,
    Paragraph,
    cell_texts,
    numeric_columns,
)
from playground.experiments.report.svg import clean
from playground.experiments.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from playground.experiments.report.document import Block

ALERTS = {
    Verdict.PASSED: "TIP",
    Verdict.FAILED: "CAUTION",
    Verdict.INCONCLUSIVE: "WARNING",
    "warning": "CAUTION",
}
SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$!])")
LINE_START = re.compile(r"^([-+=]|\d+(?=[.)]\s))")


def markdown_page(blocks: Sequence[Block], pictures: Mapping[str, str] | None = None) -> str:
    """The whole page. `pictures`: name of a picture -> where it is; the others are left out."""
    return _Writer(pictures or {}).page(blocks)


def escape_markdown(value: object) -> str:
    """Text on one line that Markdown leaves alone, wherever it stands."""
    return LINE_START.sub(lambda found: _guarded(found[1]), _inline(value))


def _inline(value: object) -> str:
    words = re.sub(r"\s+", " ", clean(value)).strip()
    return SPECIAL.sub(r"\\\1", words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _guarded(start: str) -> str:
    """`1` of `1.` cannot be escaped by a backslash; an entity says the same and starts no list."""
    return "".join(f"&#{ord(each)};" for each in start) if start.isdigit() else f"\\{start}"


class _Writer:
    def __init__(self, pictures: Mapping[str, str]) -> None:
        self._pictures = pictures

    def page(self, blocks: Iterable[Block]) -> str:
        return "\n\n".join(filter(None, map(self.block, blocks))) + "\n"

    @singledispatchmethod
    def block(self, block: Block) -> str:
        raise NotImplementedError(type(block).__name__)

    @block.register
    def _(self, block: Heading) -> str:
        return f"{'#' * block.level} {escape_markdown(block.words)}"

    @block.register
    def _(self, block: Paragraph) -> str:
        words = escape_markdown(block.words)
        return f"**{words}**" if block.lead else words

    @block.register
    def _(self, block: Command) -> str:
        return "    " + re.sub(r"\s+", " ", clean(block.words))

    @block.register
    def _(self, block: Callout) -> str:
        lines = [f"> [!{ALERTS[block.kind]}]", f"> **{escape_markdown(block.title)}**"]
        for line in block.lines:
            lines += [">", f"> {escape_markdown(line)}"]
        return "\n".join(lines)

    @block.register
    def _(self, block: Options) -> str:
        return "\n".join(
            f"- **{escape_markdown(each.letter)}** {escape_markdown(each.words)}"
            + (f" **({', '.join(each.tags)})**" if each.tags else "")
            for each in block.options
        )

    @block.register
    def _(self, block: Grid) -> str:
        caption, note = f"**{escape_markdown(block.caption)}**", escape_markdown(block.note)
        if not block.rows:
            return f"{caption}\n\n{note}"
        ruler = ["--:" if number else "---" for number in numeric_columns(block)]
        lines = [
            _row(map(_inline, block.columns)),
            _row(ruler),
            *(_row(map(_inline, row)) for row in cell_texts(block)),
        ]
        return "\n\n".join(filter(None, (caption, "\n".join(lines), note)))

    @block.register
    def _(self, block: Drawn) -> str:
        place = self._pictures.get(block.picture.name)
        return "" if place is None else f"![{escape_markdown(block.picture.title)}](<{place}>)"

    @block.register
    def _(self, block: Folded) -> str:
        inside = "\n\n".join(map(self.block, block.blocks))
        return f"<details><summary>{escape_markdown(block.summary)}</summary>\n\n{inside}\n\n</details>"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
