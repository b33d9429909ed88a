"""Every golden story at ticks of 100 ms, 1 s and 10 s: same events in order, how far apart, energy."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.program.stories import FOLDER, Play, read, seconds, what


def main() -> None:
    """Print a line for each story."""
    for name in sorted(path.stem for path in FOLDER.glob("*.story")):
        lines, kwh = {}, {}
        for tick_ms in (100, 1000, 10_000):
            with tempfile.TemporaryDirectory() as folder:
                play = Play(read(name), tick_ms, Path(folder))
                lines[tick_ms] = play.play()
                score = play.stage.world.score
                kwh[tick_ms] = score.figures().kwh_el if score else 0.0
        same = all([what(x) for x in told] == [what(x) for x in lines[1000]] for told in lines.values())
        apart = max(
            abs(seconds(a) - seconds(b))
            for told in lines.values()
            for a, b in zip(told, lines[1000], strict=False)
        )
        spread = (max(kwh.values()) - min(kwh.values())) / kwh[1000]
        verdict = "same events" if same else "DIFFERENT EVENTS"
        print(f"{name:13} {verdict}, at most {apart} s apart, energy within {100 * spread:.2f} %", flush=True)
