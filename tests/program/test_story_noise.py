"""A long story says once what is refused again and again."""

from __future__ import annotations

from datetime import UTC

from states.image import Event
from tests.atn.season import Teller


def test_the_same_refusal_is_told_once() -> None:
    lines: list[str] = []
    teller = Teller(UTC, lines.append)
    for hour in range(3):
        at = hour * 3_600_000
        teller.tell(Event("refused", "dropped", "The store is full", at, at))
        teller.tell(Event("fault", "x-lost", "x is silent", at, at))
    teller.tell(Event("refused", "junk", "no JSON", 0, 0))
    teller.tell(Event("startup", "x", "not worth a line", 0, 0))
    assert [line[20:] for line in lines] == [
        "refused The store is full", "fault x-lost   x is silent", "fault x-lost   x is silent",
        "fault x-lost   x is silent", "refused no JSON",
    ]  # fmt: skip
