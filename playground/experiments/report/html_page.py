"""Blocks as one HTML page that needs nothing else: no script, no network, no other file."""

from __future__ import annotations

from functools import singledispatch
from pathlib import Path
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
from playground.experiments.report.svg import element, escape
from playground.experiments.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playground.experiments.report.document import Block

STYLE = Path(__file__).with_name("page.css")
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html_page(title: str, blocks: Sequence[Block]) -> str:
    """The whole page."""
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title>"
        f"<style>{STYLE.read_text(encoding='utf-8')}</style>"
    )
    body = "\n".join(map(_html, blocks))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n<main>\n{body}\n'
        "</main>\n</body>\n</html>\n"
    )


@singledispatch
def _html(block: Block) -> str:
    raise NotImplementedError(type(block).__name__)


@_html.register
def _(block: Heading) -> str:
    return element(f"h{block.level}", escape(block.words))


@_html.register
def _(block: Paragraph) -> str:
    return element("p", escape(block.words), class_="lead" if block.lead else None)


@_html.register
def _(block: Command) -> str:
    return element("pre", element("code", escape(block.words)))


@_html.register
def _(block: Callout) -> str:
    lines = [element("p", escape(line)) for line in block.lines]
    title = element("p", element("strong", escape(block.title)))
    return element("div", title, *lines, class_=f"callout {block.kind}", role="note")


@_html.register
def _(block: Options) -> str:
    items = []
    for each in block.options:
        tags = [" " + element("span", escape(tag), class_=f"tag {tag}") for tag in each.tags]
        letter = element("strong", escape(each.letter))
        items.append(element("li", letter, " ", escape(each.words), *tags))
    return element("ul", *items, class_="options")


@_html.register
def _(block: Grid) -> str:
    numeric = numeric_columns(block)
    head = [
        element("th", escape(column), scope="col", class_="number" if number else None)
        for column, number in zip(block.columns, numeric, strict=True)
    ]
    rows = [
        element("tr", *(_cell(*cell) for cell in zip(row, words, numeric, strict=True)))
        for row, words in zip(block.rows, cell_texts(block), strict=True)
    ]
    caption = element("caption", escape(block.caption))
    table = element("table", caption, element("thead", element("tr", *head)), element("tbody", *rows, ""))
    scrolled = element("div", table, class_="scroll", tabindex=0, role="region", aria_label=block.caption)
    return scrolled + (element("p", escape(block.note), class_="note") if block.note else "")


@_html.register
def _(block: Drawn) -> str:
    return element("figure", block.picture.svg, class_="scroll", tabindex=0, aria_label=block.picture.title)


@_html.register
def _(block: Folded) -> str:
    return element("details", element("summary", escape(block.summary)), *map(_html, block.blocks))


def _cell(value: object, words: str, number: bool) -> str:  # noqa: FBT001 - one column of three
    kind = f"verdict {value}" if isinstance(value, Verdict) else "number" if number else None
    return element("td", escape(words), class_=kind)
