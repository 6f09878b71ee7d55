"""SVG as text: elements with everything escaped, and scales from time or numbers to pixels."""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass

# What XML 1.0 forbids, and what turns the direction of the text around it.
NO_TEXT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")
# About how wide a letter is, as a part of the font's size. A little more than most fonts need.
LETTER = 0.58


def clean(value: object) -> str:
    """Text that every reader of XML accepts."""
    return NO_TEXT.sub("\ufffd", str(value))


def escape(value: object) -> str:
    """Text for SVG or HTML, inside an element or an attribute."""
    return html.escape(clean(value), quote=True)


def element(name: str, *children: str, **attributes: object) -> str:
    """One element. Children are markup already (`escape` a text); attributes are escaped here.

    `class_` is written as class, `stroke_width` as stroke-width; None is left out; numbers are rounded.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(children)}</{name}>" if children else f"<{name}{written}/>"


def text(x: float, y: float, words: object, class_: str = "", *, anchor: str | None = None) -> str:
    """Words whose baseline begins (or, by `anchor`, has its middle or end) there."""
    return element("text", escape(words), x=x, y=y, class_=class_ or None, text_anchor=anchor)


def titled(name: str, title: str, **attributes: object) -> str:
    """An element that says `title` when somebody points at it."""
    return element(name, element("title", escape(title)), **attributes)


def width_of(words: str, size: float) -> float:
    """About how many pixels wide the words are."""
    return len(words) * size * LETTER


def shortened(words: str, letters: int) -> str:
    """At most so many letters."""
    words = clean(words)
    return words if len(words) <= letters else words[: letters - 1] + "…"


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from `low` to `high`, `most` of them at most."""
    span = high - low
    if span <= 0 or most < 1:
        return [low]
    step = 10.0 ** math.floor(math.log10(span / most))
    for factor in (1, 2, 5, 10, 20):
        if span / (step * factor) <= most:
            step *= factor
            break
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


@dataclass(frozen=True, slots=True)
class Scale:
    """`low` to `high` becomes `start` to `end`; what is outside is moved to the edge."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        share = (value - self.low) / ((self.high - self.low) or 1)
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)


def _number(value: object) -> object:
    return f"{round(value, 2):g}" if isinstance(value, float) else value
