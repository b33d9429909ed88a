"""Loads `layouts/<house>.toml` into a `House`, or says in sentences everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from layouts import build_parts as parts
from layouts.build_channels import derived_channels, raw_channels
from layouts.build_nodes import all_nodes
from layouts.check import check_draft
from layouts.check_house import check_house
from layouts.draft import Draft, read_draft
from layouts.mistakes import LayoutMistakes, Notes
from layouts.model import House
from layouts.toml_file import parse, read_text

FOLDER = Path(__file__).resolve().parent


def load_house(name_or_path: str | Path) -> House:
    """The house of a name (`orange` is layouts/orange.toml) or of a path to a layout file.

    Raises `LayoutMistakes` with one sentence for each mistake, and nothing else, whatever the file holds.
    """
    path, shown = find_layout(name_or_path)
    notes = Notes(shown)
    text = read_text(path, notes, _absent(name_or_path))
    root = parse(text, notes) if text is not None else None
    if root is None:
        raise LayoutMistakes(notes.sentences())
    return house_of(root, path.stem, shown, notes)


def house_of(root: dict[str, Any], name: str, file: str, notes: Notes | None = None) -> House:
    """The house that the tables of a layout file describe. Raises `LayoutMistakes`."""
    notes = notes or Notes(file)
    draft = read_draft(notes, root)
    check_draft(notes, draft)
    house = build_house(draft, name, file)
    check_house(notes, draft, house)
    if len(notes):
        raise LayoutMistakes(notes.sentences())
    return house


def find_layout(name_or_path: str | Path) -> tuple[Path, str]:
    """Where a layout is, and what sentences call the file."""
    given = str(name_or_path)
    if isinstance(name_or_path, str) and "/" not in given and not given.endswith(".toml"):
        return FOLDER / f"{given}.toml", f"layouts/{given}.toml"
    path = Path(given)
    return path, f"layouts/{path.name}" if path.absolute().parent == FOLDER else given


def shipped_houses() -> tuple[str, ...]:
    """Names of the layouts that come with the program."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def _absent(name_or_path: str | Path) -> str:
    stem = Path(str(name_or_path)).stem
    return "there is no such file." + Notes("").hint(stem, shipped_houses())


def build_house(draft: Draft, name: str, file: str) -> House:
    """The house a draft describes; only as good as the draft."""
    house = House(
        name=name,
        display=draft.house["display"],
        file=file,
        manifold=draft.house["manifold"],
        use_sieg_loop=draft.house["use_sieg_loop"],
        boiler=draft.house["boiler"],
        scada=parts.gnode(draft, "scada"),
        ltn=parts.gnode(draft, "ltn"),
        terminal_asset=parts.gnode(draft, "ta"),
        zones=parts.zones(draft),
        tanks=parts.tanks(draft),
        relays=parts.relays(draft),
        zero_tens=parts.zero_tens(draft),
        flows=parts.flows(draft),
        btus=parts.btus(draft),
        probes=parts.probes(draft),
        pipes=parts.pipes(draft),
        meter=parts.meter(draft),
        hub=parts.hub(draft),
        relay_boards=draft.boards["relays"],
        dac_boards=draft.boards["zero_ten"],
        nodes=(),
        channels=(),
        derived=(),
        relay_component_id=parts.component_id(draft, draft.boards, "relay-boards", "relay_component_id"),
        dac_component_id=parts.component_id(draft, draft.boards, "zero-ten-boards", "zero_ten_component_id"),
    )
    house = msgspec.structs.replace(house, channels=raw_channels(draft, house))
    return msgspec.structs.replace(
        house, derived=derived_channels(draft, house), nodes=all_nodes(draft, house)
    )
