"""The same key: one act, one answer."""

import asyncio

import pytest

from api.idempotency import Answers, parse_key
from api.problems import Refused
from playground.errors import KafkaUnavailable


class Act:
    """Counts how often it is done; waits until `gate` is open; fails so many times first."""

    def __init__(self, failures=0):
        self.done = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._failures = failures

    async def __call__(self):
        await self.gate.wait()
        self.done += 1
        if self.done <= self._failures:
            raise KafkaUnavailable("away")
        return f"answer {self.done}"


def test_the_second_time_the_first_answer_comes_again():
    async def scenario():
        answers, act = Answers(), Act()
        first = await answers.once("k", "body", act)
        second = await answers.once("k", "body", act)
        return first, second, act.done

    assert asyncio.run(scenario()) == (("answer 1", False), ("answer 1", True), 1)


def test_at_the_same_time_it_is_done_once_and_all_get_the_answer():
    async def scenario():
        answers, act = Answers(), Act()
        act.gate.clear()
        requests = [asyncio.ensure_future(answers.once("k", "body", act)) for _ in range(20)]
        await asyncio.sleep(0)
        act.gate.set()
        return {answer for answer, _ in await asyncio.gather(*requests)}, act.done

    assert asyncio.run(scenario()) == ({"answer 1"}, 1)


def test_a_client_that_leaves_does_not_take_the_answer_with_it():
    async def scenario():
        answers, act = Answers(), Act()
        act.gate.clear()
        first = asyncio.ensure_future(answers.once("k", "body", act))
        second = asyncio.ensure_future(answers.once("k", "body", act))
        await asyncio.sleep(0)
        first.cancel()
        act.gate.set()
        return await second, act.done

    assert asyncio.run(scenario()) == (("answer 1", True), 1)


def test_another_body_is_refused_naming_the_header():
    async def scenario():
        answers, act = Answers(), Act()
        await answers.once("k", "body", act)
        with pytest.raises(Refused) as refused:
            await answers.once("k", "other", act)
        return refused.value.status, refused.value.field, act.done

    assert asyncio.run(scenario()) == (422, "Idempotency-Key", 1)


def test_a_failure_is_not_remembered():
    async def scenario():
        answers, act = Answers(), Act(failures=1)
        with pytest.raises(KafkaUnavailable):
            await answers.once("k", "body", act)
        await asyncio.sleep(0)
        return await answers.once("k", "body", act)

    assert asyncio.run(scenario()) == ("answer 2", False)


def test_memory_is_bounded():
    async def scenario():
        answers, act = Answers(size=3), Act()
        for number in range(10):
            await answers.once(f"k{number}", "body", act)
        await answers.once("k9", "body", act)
        return act.done, len(answers._entries)

    assert asyncio.run(scenario()) == (10, 3)


@pytest.mark.parametrize("value", [b"", b"a b", b"\x00", "ä".encode(), b"x" * 256])
def test_a_key_must_be_visible_and_short(value):
    with pytest.raises(Refused) as refused:
        parse_key(value)

    assert refused.value.field == "Idempotency-Key"


def test_a_key_of_255_characters_is_taken():
    assert parse_key(b"!" * 255) == "!" * 255
