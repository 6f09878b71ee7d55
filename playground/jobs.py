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
