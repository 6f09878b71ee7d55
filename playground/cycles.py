"""How often Python looks for cycles of garbage, for processes that handle records in batches."""

from __future__ import annotations

import gc

# New objects between two looks. A batch makes thousands that are in no cycle and are freed without looking;
# with Python's own 700 the looking took a fifth of the time of an order (`make bench`, NDJSON batches).
NEW_OBJECTS = 50_000


def look_rarely() -> None:
    """Call it once, when everything is imported: what is there by now is never looked at again."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
