"""`hw calibrate`: offsets of tank sensors, against a thermometer or against each other in a mixed tank.

Only `calibration_b` changes: effective °F = m x measured °F + b. The layout keeps every comment.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

from hw.field import Field
from layouts.load import find_layout
from layouts.mistakes import Mistakes, Notes
from layouts.model import Tank
from layouts.names import DEPTHS
from layouts.terminal import Terminal
from layouts.toml_edit import CannotEdit, edited

WATCH_S = 300.0
MOST_SPREAD_F = 8.0
"""Three sensors of a mixed tank this far apart are not a matter of an offset."""
STEADY_F = 0.7
"""A sensor that moves by more than this while watched stands in water that is not at rest."""
MOST_OFFSET_F = 15.0


def calibrate(
    field: Field,
    name: str,
    terminal: Terminal,
    *,
    reference_f: float | None = None,
    seconds: float = WATCH_S,
    yes: bool = False,
) -> int:
    """Measure, show, ask, write; returns the exit code: 0 when written or nothing was to write."""
    tank = next((t for t in field.house.tanks if t.name == name), None)
    if tank is None:
        known = [t.name for t in field.house.tanks]
        terminal.complain(f"{field.house.file}: there is no tank '{name}'.{Notes('').hint(name, known)}")
        return 78
    if reference_f is None:
        terminal.say(
            f"Without --reference-f the three sensors of {name} are compared with their middle. That is "
            "right only when the tank is mixed: circulated for long, and then at rest."
        )
    terminal.say(f"Watching {name} for {seconds:.0f} s ...")
    first = _watch(field, tank, seconds)
    if missing := [f"depth {d}" for d in DEPTHS if d not in first]:
        terminal.complain(f"{name}: nothing was heard of {', '.join(missing)}; nothing is written.")
        return 1
    means = {depth: sum(values) / len(values) for depth, values in first.items()}
    offsets = _offsets(tank, means, reference_f)
    for depth in DEPTHS:
        old = tank.calibration.b[depth - 1]
        terminal.say(
            f"  depth {depth}: measured {means[depth]:.2f} °F ({len(first[depth])} readings), "
            f"offset {old:+.1f} -> {offsets[depth - 1]:+.1f} °F"
        )
    if doubts := list(_doubts(tank, first, means, offsets, reference_f)):
        for doubt in doubts:
            terminal.complain(f"{name}: {doubt}")
        return 1
    return _write(field, tank, offsets, terminal, yes)


def _watch(field: Field, tank: Tank, seconds: float) -> dict[int, list[float]]:
    """°F of every depth, each reading once."""
    found: dict[int, list[float]] = {}
    seen: dict[int, int] = {}

    def look() -> bool:
        for depth in DEPTHS:
            channel = f"{tank.name}-depth{depth}-device"
            reading, value = field.reading(channel), field.value(channel)
            if reading is not None and value is not None and seen.get(depth) != reading.mono_ms:
                seen[depth] = reading.mono_ms
                found.setdefault(depth, []).append(value * 1.8 + 32)
        return False

    field.run(seconds, look)
    return found


def _offsets(tank: Tank, means: dict[int, float], reference_f: float | None) -> tuple[float, float, float]:
    """b of every depth, °F to a tenth, so that all say the same."""
    lines = [m * means[depth] for depth, m in zip(DEPTHS, tank.calibration.m, strict=True)]
    goal = median(lines) if reference_f is None else reference_f
    top, middle, bottom = (round(goal - line, 1) + 0.0 for line in lines)
    return top, middle, bottom


def _doubts(
    tank: Tank,
    found: dict[int, list[float]],
    means: dict[int, float],
    offsets: tuple[float, float, float],
    reference_f: float | None,
) -> list[str]:
    """Why these offsets must not be written."""
    doubts = []
    for depth, values in found.items():
        if max(values) - min(values) > STEADY_F:
            moved = max(values) - min(values)
            doubts.append(
                f"depth {depth} moved by {moved:.1f} °F while it was watched; wait until it is at rest."
            )
    spread = max(means.values()) - min(means.values())
    if reference_f is None and spread > MOST_SPREAD_F:
        doubts.append(
            f"its sensors lie {spread:.1f} °F apart, so the water is in layers, not mixed; circulate it "
            "first, or measure with a thermometer and --reference-f."
        )
    for depth, offset in zip(DEPTHS, offsets, strict=True):
        if abs(offset) > MOST_OFFSET_F:
            doubts.append(
                f"depth {depth} would need {offset:+.1f} °F, more than {MOST_OFFSET_F:.0f}; that is a wrong "
                "sensor, a wrong beta or swapped wires, not an offset."
            )
    return doubts


def _write(
    field: Field, tank: Tank, offsets: tuple[float, float, float], terminal: Terminal, yes: bool
) -> int:
    if offsets == tank.calibration.b:
        terminal.say("Nothing to write: the layout says so already.")
        return 0
    path, shown = find_layout(field.settings.site.layout)
    value = "[" + ", ".join(f"{b:.1f}" for b in offsets) + "]"
    row = f"[tanks.{tank.name}] calibration_b = {value}"
    if not yes and not terminal.agrees(f"Write {row} into {shown}?"):
        terminal.say("Nothing was written.")
        return 0
    try:
        text = path.read_text(encoding="utf-8")
        new = edited(text, {(f"tanks.{tank.name}", "calibration_b"): value})
        beside = Path(f"{path}.new")
        beside.write_text(new, encoding="utf-8")
        beside.replace(path)
    except (OSError, CannotEdit) as error:
        raise Mistakes([f"{shown}: {error}"]) from None
    terminal.say(f"{shown}: {row} is written; it counts from the next start of the program.")
    return 0
