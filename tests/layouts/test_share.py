# ruff: noqa: E501 - a sentence stands on one line, as it is printed
"""Which devices hang on which of the two computers of a house, and what layout and settings say of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from layouts.check_house import broken_axioms
from layouts.dry_run import dry_run
from layouts.load import load_house
from layouts.model import House
from layouts.settings import Settings
from layouts.share import PRIMARY, SECONDARY, mismatches, share_of
from tests.annex import NODES, annex, write


def devices(house: House) -> set[str]:
    """Everything a rig of this house would speak to."""
    found = {tank.name for tank in house.tanks} | {flow.node for flow in house.flows}
    found |= {relay.node for relay in house.relays} | {output.node for output in house.zero_tens}
    found |= {"analog-temp"} if house.pipes.thermistors else set()
    found |= {"power-meter"} if house.meter.registers else set()
    return found | ({"hubitat"} if house.zones else set())


def test_every_device_hangs_on_exactly_one_computer() -> None:
    house = annex()
    first, second = devices(share_of(house, PRIMARY)), devices(share_of(house, SECONDARY))
    assert first | second == devices(house)
    assert not first & second
    assert second == {"power-meter", "analog-temp", "hubitat", "tank3", "dist-flow"}
    assert share_of(house, SECONDARY).relay_boards == ()


def test_names_and_channels_stay_whole_on_both() -> None:
    house = annex()
    for role in (PRIMARY, SECONDARY):
        share = share_of(house, role)
        assert share.channels == house.channels
        assert share.nodes == house.nodes


def test_a_house_with_one_computer_is_its_own_share() -> None:
    house = load_house("orange")
    assert house.second_nodes == frozenset()
    assert share_of(house, PRIMARY) is house


def test_a_second_computer_stands_in_the_layout_as_the_reference_has_it() -> None:
    house = annex()
    assert house.second_nodes == NODES, "the thermostat speaks through the hub"
    assert house.node_by_name["s2"].actor_class == "SecondaryScada"
    assert house.node_by_name["s2"].hierarchy is None
    assert {house.node_by_name[name].hierarchy for name in NODES} == {f"s2.{name}" for name in NODES}
    assert house.node_by_name["tank1"].hierarchy == "s.tank1"
    assert broken_axioms(house) == ()


MISTAKES = [
    ("relay-multiplexer", "'relay-multiplexer' commands or decides, so runs_on cannot be 's2'; the second computer only measures."),
    ("relay6", "'relay6' commands or decides, so runs_on cannot be 's2'; the second computer only measures."),
    ("dist-010v", "'dist-010v' commands or decides, so runs_on cannot be 's2'; the second computer only measures."),
    ("hp-boss", "'hp-boss' commands or decides, so runs_on cannot be 's2'; the second computer only measures."),
    ("derived-generator", "'derived-generator' commands or decides, so runs_on cannot be 's2'; the second computer only measures."),
    ("buffer-depth1", "'buffer-depth1' runs no code of its own, so runs_on cannot be 's2'."),
    ("zone1-main-stat", "a thermostat speaks through the hub and runs where it runs; write [nodes.hubitat] runs_on = 's2'."),
]  # fmt: skip


@pytest.mark.parametrize(("node", "words"), MISTAKES, ids=[node for node, _ in MISTAKES])
def test_what_cannot_hang_on_the_second_computer_is_said(node: str, words: str, tmp_path: Path) -> None:
    _, said = dry_run(_config(tmp_path, write(tmp_path, (node,))))
    assert len(said) == 1
    assert said[0].endswith(f"[nodes.{node}]: {words}")


def _config(folder: Path, layout: Path | str, more: str = "", role: str = PRIMARY) -> str:
    file = folder / "config.toml"
    file.write_text(f'[site]\nlayout = "{layout}"\nrole = "{role}"\n{more}', encoding="utf-8")
    return str(file)


LOCAL = "[local]\nenabled = true\ntls = false\n"


def test_settings_that_do_not_fit_the_layout_are_said(tmp_path: Path) -> None:
    both = write(tmp_path)
    rows: list[tuple[Path | str, str, str, str]] = [
        (both, LOCAL, PRIMARY, ""), (both, LOCAL, SECONDARY, ""), ("orange", "", PRIMARY, ""),
        ("orange", LOCAL, PRIMARY, ""),
        (both, "", PRIMARY, "[local] enabled: must be true: "), (both, "", SECONDARY, "[local] enabled: must be true: "),
        ("orange", LOCAL, SECONDARY, "[site] role: 'secondary', but layouts/orange.toml gives it nothing to do; "),
    ]  # fmt: skip
    for layout, more, role, words in rows:
        _, said = dry_run(_config(tmp_path, layout, more, role))
        assert [words in sentence for sentence in said] == ([True] if words else []), said
    site = replace(Settings().site, role=SECONDARY)
    assert len(list(mismatches(load_house("orange"), replace(Settings(), site=site)))) == 1


def test_check_says_who_measures_what(tmp_path: Path) -> None:
    layout = write(tmp_path)
    first, _ = dry_run(_config(tmp_path, layout, LOCAL))
    assert (
        "mode       Heating (the second computer measures analog-temp, dist-flow, hubitat, power-meter,"
        in first
    )
    second, _ = dry_run(_config(tmp_path, layout, LOCAL, SECONDARY))
    assert "mode       second computer: measures analog-temp, dist-flow, hubitat, power-meter," in second
    assert "upstream: off" in second
    assert "admin: off" in second
    assert "local: 127.0.0.1:1883, in the clear" in second
