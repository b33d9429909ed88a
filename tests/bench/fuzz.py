"""A million bent inputs for the parsers; `python -m tests.bench.fuzz [COUNT [SECONDS [SEED]]]` for others.

Not speed but patience is measured: it ends with a count, or with the first input that finds something.
"""

from __future__ import annotations

import sys
import time

from tests.fuzz import stored, wire
from tests.fuzz.engine import Found, run

COUNT = 1_000_000
SECONDS = 3_600.0


def main(count: int = COUNT, seconds: float = SECONDS, seed: int = 0) -> int:
    """Print what became of the inputs, target by target; 1 when something was found."""
    begin = time.monotonic()
    try:
        tallies = run((*wire.TARGETS, *stored.TARGETS), count, seed or int(time.time()), seconds)
    except Found as found:
        print(found)
        return 1
    for name, tally in tallies.items():
        print(f"{name:10} {tally.taken + tally.refused:9,} inputs, {tally.taken:8,} taken and legal")
    total = sum(tally.taken + tally.refused for tally in tallies.values())
    print(f"{total:,} inputs in {time.monotonic() - begin:.0f} s: nothing but refusals came out")
    return 0


if __name__ == "__main__":
    words = sys.argv[1:]
    sys.exit(
        main(
            int(words[0]) if words else COUNT,
            float(words[1]) if len(words) > 1 else SECONDS,
            int(words[2]) if len(words) > 2 else 0,
        )
    )
