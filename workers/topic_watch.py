"""Notices that the topic was deleted and made again, without ever blocking the loop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from confluent_kafka import KafkaException, TopicCollection

if TYPE_CHECKING:
    from concurrent.futures import Future

    from confluent_kafka.admin import AdminClient
    from confluent_kafka.admin._topic import TopicDescription

EVERY_SECONDS = 2.0
REQUEST_TIMEOUT_SECONDS = 5.0


class TopicWatch:
    """Asks now and then for the id of a topic; the answer is collected on a later call.

    `obstacle`: why the last question got no answer; None: it got one, or none was asked yet.
    """

    def __init__(self, admin: AdminClient, topic: str) -> None:
        self._admin = admin
        self._topic = topic
        self._asked: Future[TopicDescription] | None = None
        self._next = time.monotonic() + EVERY_SECONDS
        self.obstacle: str | None = None

    def changed(self, topic_id: str | None) -> bool:
        """True when the broker's last answer was another id than `topic_id`."""
        self._admin.poll(0)  # its log lines pile up otherwise
        if self._asked is not None and self._asked.done():
            asked, self._asked = self._asked, None
            try:
                found = str(asked.result().topic_id)
            except KafkaException as error:  # away, or deleted and not made again yet: the next will tell
                self.obstacle = f"the broker does not describe topic {self._topic}: {error.args[0].str()}"
                return False
            self.obstacle = None
            return topic_id is not None and found != topic_id
        if self._asked is None and time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_SECONDS
            collection = TopicCollection([self._topic])
            answers = self._admin.describe_topics(collection, request_timeout=REQUEST_TIMEOUT_SECONDS)
            self._asked = answers[self._topic]
        return False
