"""Whatever is wished and whatever breaks, the oracle sees no invariant broken.

Every life follows from its seed alone. To look closer at one that fails:
`python -m tests.governor.test_invariants 4711`, or `... 0 20000` for many lives.
"""

from __future__ import annotations

import sys

import pytest

from tests.governor.world import first_violation, life_of

CHUNKS, LIVES = 10, 18
"""About twenty seconds on one core."""


@pytest.mark.parametrize("first", [chunk * LIVES for chunk in range(CHUNKS)])
def test_no_invariant_is_broken(first: int) -> None:
    for seed in range(first, first + LIVES):
        found = first_violation(life_of(seed))
        assert found == "", f"seed {seed}: {found}"


def _main() -> int:
    first, count = int(sys.argv[1]), int((sys.argv[2:] or ["1"])[0])
    broken = 0
    for seed in range(first, first + count):
        found = first_violation(life_of(seed))
        if found:
            broken += 1
            print(f"seed {seed}: {found}", flush=True)
    print(f"{count} lives, {broken} with a violation")
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(_main())
