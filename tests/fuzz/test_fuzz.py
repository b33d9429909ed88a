"""A short run of every fuzzer, the same each time; the long one is `python -m tests.bench fuzz`."""

from __future__ import annotations

import pytest

from tests.fuzz import stored, wire
from tests.fuzz.engine import Target, run

TARGETS = {target.name: target for target in (*wire.TARGETS, *stored.TARGETS)}
INPUTS = {"command": 300, "database": 60, "message": 3_000}


@pytest.mark.parametrize("name", TARGETS)
def test_bent_input_is_refused_or_legal_and_nothing_else_happens(name: str) -> None:
    count = INPUTS.get(name, 1_500)
    tally = run([TARGETS[name]], count, seed=1)[name]
    assert tally.refused > count // 4, "the fuzzer must reach the checks"
    assert tally.taken > count // 200, "and must sometimes stay within the rules"


def test_an_input_that_finds_something_is_told_whole() -> None:
    def take(data: bytes) -> bool:
        return bool(1 // (len(data) - 3))

    with pytest.raises(RuntimeError, match=r"thing: ZeroDivisionError: .* input b'abc'"):
        run([Target("thing", 1, lambda: [b"abc"], take)], 1_000, seed=1)
