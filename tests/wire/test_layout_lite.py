"""The house as the ATN and the admin program get to see it, in every state."""

from __future__ import annotations

import json
import re
from typing import Any

import gwsproto.named_types as theirs
import pytest
from msgspec.structs import replace

from layouts.load import load_house, shipped_houses
from layouts.model import House
from layouts.settings import Settings, Site
from proto.layout_lite import WireLayout
from proto.params import ha1_params, house_params
from proto.wire import IllegalMessage, encode
from states.image import HouseParams
from states.tables import LEAVES
from states.tree import Tree
from tests.wire.examples import UID
from tests.wire.scenes import START_MS


@pytest.fixture(params=shipped_houses())
def shown(request: pytest.FixtureRequest) -> House:
    return load_house(request.param)


def _layout(house: House, path: str = LEAVES[0], settings: Settings | None = None) -> dict[str, Any]:
    wire = WireLayout(house, settings or Settings())
    message = wire.layout_lite(START_MS, UID, Tree(house).of(path, {}), HouseParams())
    payload: dict[str, Any] = json.loads(encode(house.scada.alias, "ltn", message))["Payload"]
    return payload


@pytest.mark.parametrize("path", LEAVES)
def test_the_layout_and_the_tree_are_legal_in_every_state(shown: House, path: str) -> None:
    tree = Tree(shown).of(path, {})
    wire = WireLayout(shown, Settings())
    handles = {node["Name"]: node["Handle"] for node in _layout(shown, path)["ShNodes"]}
    for actuator, boss in tree.items():
        assert handles[actuator] == f"{boss}.{actuator}"
    encode(shown.scada.alias, "ltn", wire.command_tree(START_MS, tree))


def test_an_independent_implementation_takes_the_layout_and_gives_it_back_equal(shown: House) -> None:
    said = _layout(shown)
    back = json.loads(theirs.LayoutLite.model_validate(said).model_dump_json())
    assert {**back, "FlowModuleComponents": []} == {**said, "FlowModuleComponents": []}
    for ours, other in zip(said["FlowModuleComponents"], back["FlowModuleComponents"], strict=True):
        assert {**other, "HwUid": ours.get("HwUid")} == {**ours, "HwUid": ours.get("HwUid")}


def test_the_capabilities_are_taken_by_an_independent_implementation(shown: House) -> None:
    message = WireLayout(shown, Settings()).capabilities(START_MS)
    said = json.loads(encode(shown.scada.alias, "admin", message))["Payload"]
    assert json.loads(theirs.ScadaControlCapabilities.model_validate(said).model_dump_json()) == said


def test_the_admin_program_can_read_its_rows_from_the_channel_names(shown: House) -> None:
    message = WireLayout(shown, Settings()).capabilities(START_MS)
    relays = {node.name for node in message.relay_nodes}
    for channel in message.control_channels:
        if channel.about_node_name in relays:
            match = re.fullmatch(r"[a-z0-9-]+-relay(\d+)", channel.name)
            assert match
            assert channel.about_node_name == f"relay{match[1]}"
        else:
            assert channel.name.endswith("-010v")
    assert len(message.control_channels) == len(shown.actuators)


def test_every_channel_and_zone_of_the_house_is_in_it(shown: House) -> None:
    said = _layout(shown)
    assert [c["Name"] for c in said["DataChannels"]] == [c.name for c in shown.channels]
    assert [c["Name"] for c in said["DerivedChannels"]] == [c.name for c in shown.derived]
    assert said["ZoneList"] == [zone.name for zone in shown.zones]
    assert said["TotalStoreTanks"] == len(shown.store_tanks)
    assert len(said["TankModuleComponents"]) == len(shown.tanks)
    assert [c["RelayIdx"] for c in said["I2cRelayComponent"]["ConfigList"]] == [r.index for r in shown.relays]
    assert said["I2cRelayComponent"]["I2cAddressList"] == list(shown.relay_boards)
    assert said["TMap"]["Tank"].keys() == {str(i) for i in range(1, len(shown.store_tanks) + 1)}


def test_an_unknown_module_is_left_out_because_the_wire_has_no_word_for_it() -> None:
    house = load_house("orange")
    nameless = replace(house, tanks=(replace(house.tanks[0], hw_uid=None), *house.tanks[1:]))
    assert len(_layout(nameless)["TankModuleComponents"]) == len(house.tanks) - 1
    silent = replace(house, flows=(replace(house.flows[0], hw_uid=None), *house.flows[1:]))
    assert "HwUid" not in _layout(silent)["FlowModuleComponents"][0]


def test_a_house_that_only_monitors_says_so() -> None:
    settings = Settings(site=Site(mode="MonitorOnly"))
    assert _layout(load_house("orange"), settings=settings)["SystemMode"] == "MonitorOnly"
    assert _layout(load_house("orange"))["SystemMode"] == "Heating"


def test_a_boss_that_is_no_node_is_caught_before_anything_is_sent() -> None:
    house = load_house("orange")
    tree = dict(Tree(house).of(LEAVES[0], {})) | {"relay6": "auto.nobody"}
    with pytest.raises(IllegalMessage, match="no boss"):
        WireLayout(house, Settings()).layout_lite(START_MS, UID, tree, HouseParams())


def test_parameters_travel_as_scaled_integers() -> None:
    params = HouseParams(alpha=5.23, beta=-0.092, gamma=0.000012, dd_delta_t_f=10.7, max_ewt_f=170.0)
    wire = ha1_params(params)
    assert (wire.alpha_times10, wire.beta_times100, wire.gamma_ex6) == (52, -9, 12)
    assert (wire.dd_delta_t_f, wire.max_ewt_f, wire.hp_turn_on_minutes) == (11, 170, 12)


def test_a_parameter_that_is_only_repeated_keeps_its_decimals() -> None:
    present = HouseParams(alpha=5.23, beta=-0.092, dd_delta_t_f=10.7, cop_min=1.41)
    said = ha1_params(present)
    assert house_params(said, present) == present
    changed = house_params(replace(said, alpha_times10=57, dd_power_kw=6.25), present)
    assert changed == replace(present, alpha=5.7, dd_power_kw=6.25)
