"""The machine as an SVG for the page: one group per leaf with id `state-<path>`, laid out by hand once.

Positions are a table; arrows come from the transition table, so a new transition appears by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from states.diagram import dot, edges, mermaid, states_page
from states.tables import LEAVES

WIDTH, HEIGHT = 1000, 620
BOX_W, BOX_H = 150, 46

_GRID = {
    "Initializing": (0.5, 0),
    "HpOnStoreOff": (0, 1),
    "HpOnStoreCharge": (1, 1),
    "HpOffStoreOff": (0, 2),
    "HpOffStoreDischarge": (1, 2),
}
PANELS: dict[str, tuple[int, int, int, int]] = {
    "HomeAlone": (16, 20, 466, 470),
    "HomeAlone.Normal": (30, 52, 438, 306),
    "HomeAlone.ScadaBlind": (30, 372, 212, 106),
    "HomeAlone.Backup": (256, 372, 212, 106),
    "AtnControlled": (518, 20, 466, 470),
    "Dormant": (16, 510, 466, 96),
    "Fault": (518, 510, 466, 96),
}
"""Parent -> x, y, width, height."""


def _strategy(prefix: str, x: int, y: int) -> dict[str, tuple[float, float]]:
    return {f"{prefix}.{leaf}": (x + 218 * col, y + 92 * row) for leaf, (col, row) in _GRID.items()}


PLACES: dict[str, tuple[float, float]] = {
    **_strategy("HomeAlone.Normal", 65, 92),
    "HomeAlone.ScadaBlind.OnAquastat": (40, 408),
    "HomeAlone.ScadaBlind.OnBoiler": (142, 408),
    "HomeAlone.Backup.OnHeatPump": (266, 408),
    "HomeAlone.Backup.OnBoiler": (368, 408),
    **_strategy("AtnControlled", 567, 92),
    "AtnControlled.HpOffNonElectricBackup": (676, 408),
    "Dormant.Admin": (290, 542),
    "Dormant.Monitor": (60, 542),
    "Fault.HandedBack": (676, 542),
}
"""Leaf -> left, top of its box."""
SMALL = ("HomeAlone.ScadaBlind.", "HomeAlone.Backup.")


def _size(leaf: str) -> tuple[int, int]:
    if leaf.startswith(SMALL):
        return 92, BOX_H
    return (170 if leaf.endswith("NonElectricBackup") else BOX_W), BOX_H


def _box(path: str) -> tuple[float, float, float, float]:
    if path in PLACES:
        return (*PLACES[path], *_size(path))
    return PANELS[path]


def _border(path: str, towards: tuple[float, float]) -> tuple[float, float]:
    """Where a line from the middle of a box to a point leaves the box."""
    x, y, w, h = _box(path)
    mid_x, mid_y = x + w / 2, y + h / 2
    dx, dy = towards[0] - mid_x, towards[1] - mid_y
    if dx == 0 and dy == 0:
        return mid_x, mid_y
    scale = min(w / 2 / abs(dx) if dx else 9e9, h / 2 / abs(dy) if dy else 9e9)
    return mid_x + dx * scale, mid_y + dy * scale


def _middle(path: str) -> tuple[float, float]:
    x, y, w, h = _box(path)
    return x + w / 2, y + h / 2


def _arrow(a: str, b: str, triggers: tuple[str, ...]) -> str:
    start, end = _middle(a), _middle(b)
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max(1.0, (dx * dx + dy * dy) ** 0.5)
    side = (-dy / length * 7, dx / length * 7)
    x1, y1 = _border(a, end)
    x2, y2 = _border(b, start)
    points = (x1 + side[0], y1 + side[1], x2 + side[0], y2 + side[1])
    line = "M{:.1f} {:.1f}L{:.1f} {:.1f}".format(*points)
    title = escape(f"{a} → {b}: {', '.join(triggers)}")
    return f'<path class="arrow" d="{line}" marker-end="url(#tip)"><title>{title}</title></path>'


ENTRANCES = {
    "HomeAlone.Normal.Initializing": "HomeAlone.Normal",
    "AtnControlled.Initializing": "AtnControlled",
    "HomeAlone.ScadaBlind.OnAquastat": "HomeAlone.ScadaBlind",
}
"""An arrow from outside to an initial leaf ends at its parent's border, which crosses less."""


def _entrance(a: str, b: str) -> str:
    parent = ENTRANCES.get(b, b)
    return b if a.startswith(parent + ".") else parent


def _overlaps(a: str, b: str) -> bool:
    return a.startswith(b + ".") or b.startswith(a + ".") or a == b


def _leaf(path: str) -> str:
    x, y, w, h = _box(path)
    label = path.rpartition(".")[2]
    return (
        f'<g class="leaf" id="state-{path}"><title>{path}</title>'
        f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="9"/>'
        f'<text x="{x + w / 2:g}" y="{y + h / 2 + 5:g}">{label}</text></g>'
    )


def svg() -> str:
    """The whole drawing; colours come from the page's style sheet, with plain fall-backs inside."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-label="State diagram of the controller">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
    ]
    for path, (x, y, w, h) in PANELS.items():
        name = path.rpartition(".")[2]
        parts.append(
            f'<g class="panel" id="panel-{path}"><rect x="{x}" y="{y}" width="{w}" height="{h}" rx="14"/>'
            f'<text x="{x + 14}" y="{y + 22}">{name}</text></g>'
        )
    parts += [_arrow(a, _entrance(a, b), t) for a, b, t in edges() if not _overlaps(a, _entrance(a, b))]
    parts += [_leaf(leaf) for leaf in LEAVES]
    return "\n".join([*parts, "</svg>"]) + "\n"


DRAWINGS: dict[str, Callable[[], str]] = {"mermaid": mermaid, "dot": dot, "svg": svg, "page": states_page}
"""What `diagram --format` can print."""
