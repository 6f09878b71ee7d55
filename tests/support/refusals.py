"""The messages with which the chart refuses values."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from support.charts import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def refused(what: str, following: str) -> Iterator[None]:
    """The rendering inside ends with a message of two lines: what is wrong, and what to do."""
    with pytest.raises(Refused) as refusal:
        yield
    told = re.search(r"\n\n(?P<what>.+)\nNext: (?P<next>.+)", str(refusal.value))
    assert told, refusal.value
    assert re.search(what, told["what"]), told["what"]
    assert re.search(following, told["next"]), told["next"]
