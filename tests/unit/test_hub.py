"""What a new listener of GET /events is told first."""

import asyncio
import json

from api.hub import Hub


def follow(hub):
    """Kafka, just when the first listener comes: an event arrives before it is told anything."""
    hub.publish("history", {"events": [1]})
    hub.ready()
    hub.publish("worker", 2)
    hub.keep("history", {"events": [1, 2]})
    return lambda: None


def told(subscriber):
    """Pairs of name and data."""
    lines = subscriber.take().decode().splitlines()
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    return list(
        zip(names, [json.loads(line[6:]) for line in lines if line.startswith("data: ")], strict=True)
    )


def test_an_event_is_told_as_history_or_as_news_but_not_as_both():
    async def scenario():
        hub = Hub(follow)
        first = await hub.subscribe()
        before = told(first)
        hub.publish("worker", 3)
        hub.keep("history", {"events": [1, 2, 3]})
        await asyncio.sleep(0)
        return before, told(first), told(await hub.subscribe())

    before, after, second = asyncio.run(scenario())

    assert before == [("history", {"events": [1, 2]})]
    assert after == [("worker", 3)]
    assert second == [("history", {"events": [1, 2, 3]})]


def test_the_history_of_an_earlier_listener_is_not_told_again():
    """Nobody follows Kafka between the two, so it is out of date; this time the broker does not answer."""

    async def scenario():
        calls = iter([True, False])

        def follow_once(hub):
            if next(calls):
                hub.publish("history", {"events": [1]})
            hub.ready()
            return lambda: None

        hub = Hub(follow_once)
        first = await hub.subscribe()
        hub.unsubscribe(first)
        return told(first), told(await hub.subscribe())

    assert asyncio.run(scenario()) == ([("history", {"events": [1]})], [])
