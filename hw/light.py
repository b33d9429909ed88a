"""The status light on the cabinet: which pattern stands for which state.

No pattern is steady: a light that does not change belongs to a program that does not run.
"""

from __future__ import annotations

from collections.abc import Mapping

PATTERNS: Mapping[str, tuple[tuple[int, ...], str]] = {
    "HomeAlone": ((1000, 1000), "on and off, a second each: the house runs itself"),
    "HomeAlone.ScadaBlind": ((200, 200, 200, 1400), "two flashes: the house runs itself without its sensors"),
    "HomeAlone.Backup": ((200, 200, 200, 200, 200, 1000), "three flashes: the house is too cold"),
    "AtnControlled": ((1800, 200), "on, with short gaps: a contract is in force"),
    "Dormant": ((200, 1800), "short flashes far apart: a person holds the house, or it only monitors"),
    "Fault": ((200, 200), "quick flashes: the house is handed back, a fault must be seen to"),
}
"""Beginning of a state's path -> milliseconds on, off, on, off ... and what a person sees."""


def light_page() -> str:
    """`docs/light.md`."""
    lines = [
        "# The status light",
        "",
        "Generated from `hw/light.py`; do not edit. No pattern is steady: a light that stays on, or off,",
        "belongs to a program that does not run. Which pin it hangs on: `[gpio] light_pin` in `config.toml`.",
        "",
        "| state | milliseconds on, off, on, off ... | what it means |",
        "|---|---|---|",
    ]
    for path, (pattern, words) in PATTERNS.items():
        lines.append(f"| {path} | {', '.join(str(ms) for ms in pattern)} | {words} |")
    return "\n".join(lines) + "\n"


def pattern_of(path: str) -> tuple[int, ...]:
    """The pattern of a state: that of the longest beginning of its path; () for a path of no state."""
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        row = PATTERNS.get(".".join(parts[:count]))
        if row is not None:
            return row[0]
    return ()


def is_lit(pattern: tuple[int, ...], since_ms: int) -> bool:
    """Whether the light is on, so long after its pattern began."""
    left = since_ms % sum(pattern) if pattern else 0
    for place, length in enumerate(pattern):
        if left < length:
            return place % 2 == 0
        left -= length
    return False
