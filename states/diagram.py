"""The state machine drawn and printed from its tables: Mermaid, DOT, and the Markdown of `docs/states.md`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from states.tables import EFFECT_COLUMNS, LEAVES, POSTURES, STATES, TRANSITIONS
from states.tree import boss


def edges() -> list[tuple[str, str, tuple[str, ...]]]:
    """(source, destination, triggers) as the table writes them, triggers of the same arrow together."""
    found: dict[tuple[str, str], list[str]] = {}
    for trigger, source, to, _ in TRANSITIONS:
        for place in [source] if isinstance(source, str) else source:
            found.setdefault((place, to), []).append(trigger)
    return [(a, b, tuple(triggers)) for (a, b), triggers in found.items()]


def _node(path: str) -> str:
    return path.replace(".", "_")


def _mermaid_states(rows: list[Any], prefix: str, depth: int) -> Iterator[str]:
    pad = "    " * depth
    for row in rows:
        name = row if isinstance(row, str) else row["name"]
        path = prefix + name
        if isinstance(row, str):
            yield f'{pad}state "{name}" as {_node(path)}'
            continue
        yield f'{pad}state "{name}" as {_node(path)} {{'
        yield f"{pad}    [*] --> {_node(path + '.' + row['initial'])}"
        yield from _mermaid_states(row["children"], path + ".", depth + 1)
        yield pad + "}"


def mermaid() -> str:
    """The machine as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    direction LR", *_mermaid_states(STATES, "", 1)]
    lines += [f"    {_node(a)} --> {_node(b)}: {', '.join(triggers)}" for a, b, triggers in edges()]
    return "\n".join(lines) + "\n"


def _first_leaf(path: str) -> str:
    return next(leaf for leaf in LEAVES if leaf == path or leaf.startswith(path + "."))


def _dot_clusters(rows: list[Any], prefix: str, depth: int) -> Iterator[str]:
    pad = "  " * depth
    for row in rows:
        name = row if isinstance(row, str) else row["name"]
        path = prefix + name
        if isinstance(row, str):
            yield f'{pad}"{path}" [label="{name}"];'
            continue
        yield f'{pad}subgraph "cluster_{path}" {{ label="{name}";'
        yield from _dot_clusters(row["children"], path + ".", depth + 1)
        yield pad + "}"


def dot() -> str:
    """The machine in Graphviz DOT, parents as clusters."""
    lines = ["digraph scada {", "  compound=true; rankdir=LR; node [shape=box, style=rounded];"]
    lines += _dot_clusters(STATES, "", 1)
    for a, b, triggers in edges():
        tail, head = _first_leaf(a), _first_leaf(b)
        clip = "" if a == tail else f', ltail="cluster_{a}"'
        label = "\\n".join(triggers)
        lines.append(f'  "{tail}" -> "{head}" [label="{label}"{clip}];')
    return "\n".join([*lines, "}"]) + "\n"


def states_page() -> str:
    """`docs/states.md`."""
    lines = [
        "# States",
        "",
        "Generated from `states/tables.py` by `python scada.py diagram --page`; do not edit.",
        "",
        "```mermaid",
        mermaid().rstrip(),
        "```",
        "",
        "## Transitions",
        "",
        "| trigger | from | to | meaning |",
        "|---|---|---|---|",
    ]
    for trigger, source, to, meaning in TRANSITIONS:
        places = ", ".join([source] if isinstance(source, str) else source)
        lines.append(f"| {trigger} | {places} | {to} | {meaning} |")
    lines += ["", "## Bosses", "", "| state | handle that bosses the actuators |", "|---|---|"]
    lines += [f"| {leaf} | `{boss(leaf)}` |" for leaf in LEAVES]
    return "\n".join(lines) + "\n"


def postures_page() -> str:
    """`docs/postures.md`."""
    lines = [
        "# Postures",
        "",
        "Generated from `states/tables.py`; do not edit. Every leaf state names every effect; `KEEP` holds",
        "what went out last. What an effect does to which relay coil stands in `layouts/effects.py`.",
        "",
        "| state | " + " | ".join(EFFECT_COLUMNS) + " |",
        "|---" * (len(EFFECT_COLUMNS) + 1) + "|",
    ]
    lines += [f"| {leaf} | " + " | ".join(POSTURES[leaf]) + " |" for leaf in LEAVES]
    return "\n".join(lines) + "\n"
