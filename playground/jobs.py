"""Names that the API and the workers share: which groups there are and which kinds of worker."""

from __future__ import annotations

ORDER_PROCESSOR = "order-processor"
ANALYTICS = "analytics"
KNOWN_GROUPS = (ORDER_PROCESSOR, ANALYTICS)

# Kind of worker -> the group it joins; None: it joins none.
GROUP_OF_KIND: dict[str, str | None] = {
    "processor": ORDER_PROCESSOR,
    "analytics": ANALYTICS,
    "exporter": None,
    "load": None,
}
# A group's name means its kind of worker.
KIND_OF_GROUP = {group: kind for kind, group in GROUP_OF_KIND.items() if group}

# The load generator: where its settings stand, and what of its progress a person is told.
LOAD_PREFIX = "PLAYGROUND_LOAD_"
PROGRESS_FIELDS = ("sent", "accepted", "rejected", "rate")
