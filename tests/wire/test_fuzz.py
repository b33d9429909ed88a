"""A short run of the fuzzer; the long one is `python -m tests.wire.fuzz 1000000`."""

from __future__ import annotations

import pytest

from tests.wire.fuzz import run


@pytest.mark.parametrize("seed", [1, 2])
def test_bent_messages_are_refused_or_legal_and_nothing_else_happens(seed: int) -> None:
    refused, accepted = run(4_000, seed)
    assert refused > 2_000, "the fuzzer must reach the checks"
    assert accepted > 20, "and must sometimes stay within the rules"
