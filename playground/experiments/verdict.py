"""Verdicts: passed, failed, inconclusive; the worst of several is the verdict in all."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable


class Verdict(StrEnum):
    """What a check, or a run, has shown."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


# The worst last. A claim that was seen to be wrong is worse than one that could not be looked at.
ORDER = (Verdict.PASSED, Verdict.INCONCLUSIVE, Verdict.FAILED)


class Finding(msgspec.Struct, frozen=True):
    """What a check found: the verdict, and a sentence with the numbers that it rests on."""

    verdict: Verdict
    detail: str
    measured: dict[str, Any] = msgspec.field(default_factory=dict)


def passed(detail: str, **measured: Any) -> Finding:
    """The claim held."""
    return Finding(Verdict.PASSED, detail, measured)


def failed(detail: str, **measured: Any) -> Finding:
    """The claim is wrong, and the detail says where."""
    return Finding(Verdict.FAILED, detail, measured)


def inconclusive(detail: str, **measured: Any) -> Finding:
    """The timeline does not hold what the claim is about."""
    return Finding(Verdict.INCONCLUSIVE, detail, measured)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict in all; nothing that was checked is nothing that was shown."""
    return max(verdicts, key=ORDER.index, default=Verdict.INCONCLUSIVE)
