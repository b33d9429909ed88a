"""Whatever stands in a layout file, the loader answers with a house or with sentences, never with a crash."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts.check import check_draft
from layouts.check_house import broken_axioms, check_house
from layouts.draft import read_draft
from layouts.load import FOLDER, build_house, load_house
from layouts.mistakes import LayoutMistakes, Notes

ORANGE = (FOLDER / "orange.toml").read_text()
LINES = [line for line in ORANGE.split("\n") if line and not line.startswith("#")]
WORDS = ("name", "index", "hp-lwt", "main", "buffer", "tank2", "id", "handle", "about", "hp-failsafe", "kind")
JUNK = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.text(max_size=8), st.sampled_from(WORDS), st.none(),
    st.dates(), st.datetimes(), st.times(),
)  # fmt: skip
VALUES = st.recursive(
    JUNK,
    lambda deeper: (
        st.lists(deeper, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(), deeper, max_size=3)
    ),
    max_leaves=6,
)


def answer(data: bytes) -> None:
    """Ask the loader about a file of these bytes; anything but short one-line sentences fails the test."""
    assert all("\n" not in sentence and len(sentence) < 1000 for sentence in _sentences(data))


def _sentences(data: bytes) -> tuple[str, ...]:
    handle, name = tempfile.mkstemp(suffix=".toml")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        load_house(Path(name))
    except LayoutMistakes as mistakes:
        return mistakes.sentences or ("a mistake without a sentence\n",)
    finally:
        Path(name).unlink()
    return ()


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    answer(data)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.integers(0, len(ORANGE)), st.integers(0, 40), st.text(max_size=12))
def test_any_cut_and_paste_in_the_text(at: int, cut: int, paste: str) -> None:
    answer((ORANGE[:at] + paste + ORANGE[at + cut :]).encode("utf-8", "surrogatepass"))


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(LINES), max_size=30), st.randoms(use_true_random=False))
def test_any_lines_left_out_or_shuffled(drop: list[str], random: Any) -> None:
    lines = [line for line in LINES if line not in drop]
    random.shuffle(lines)
    answer("\n".join(lines).encode())


def _paths(tree: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(tree, dict):
        return [path]
    return [path, *(deeper for key, value in tree.items() for deeper in _paths(value, (*path, key)))]


PATHS = [path for path in _paths(tomli.loads(ORANGE)) if path]


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.sampled_from(PATHS), VALUES, st.booleans()), min_size=1, max_size=4))
def test_any_value_in_any_place_of_the_tree(edits: list[tuple[tuple[str, ...], Any, bool]]) -> None:
    root = tomli.loads(ORANGE)
    for path, value, remove in edits:
        parent: Any = root
        for key in path[:-1]:
            parent = parent.get(key) if isinstance(parent, dict) else None
        if not isinstance(parent, dict):
            continue
        if remove:
            parent.pop(path[-1], None)
        elif value is not None:
            parent[path[-1]] = value
    notes = Notes("fuzz.toml")
    draft = read_draft(notes, root)
    check_draft(notes, draft)
    house = build_house(draft, "fuzz", "fuzz.toml")
    check_house(notes, draft, house)
    assert all("\n" not in sentence for sentence in notes.sentences())
    if not notes.sentences():
        assert broken_axioms(house) == ()
        assert {relay.index for relay in house.relays} >= {1, 3, 5, 6, 8, 9, 11, 12, 17, 18}
        assert len({relay.index for relay in house.relays}) == len(house.relays)
