# ruff: noqa: E501 - a row of figures stands on one line
"""The shipped houses are whole: names, counts, handles, ids, capture rules and the rules of the wire."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from layouts.catalogue import PHYSICAL
from layouts.check_house import broken_axioms, wire_handle
from layouts.effects import EFFECTS, OPTIONAL_EFFECTS
from layouts.format import TABLES
from layouts.ids import make_id
from layouts.load import FOLDER, load_house, shipped_houses
from layouts.model import House
from tests.need import need

ROOT = FOLDER.parent
REFERENCE = ROOT.parent / "shared" / "data" / "hardware-layout.json"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
ALIAS = re.compile(r"[a-z][a-z0-9]*(\.[a-z0-9]+)*")
ACTOR_CLASSES = {
    "NoActor", "PrimaryScada", "SecondaryScada", "PowerMeter", "LocalControl", "LeafAlly", "DerivedGenerator",
    "PicoCycler", "HpBoss", "I2cRelayMultiplexer", "I2cZeroTenMultiplexer", "Hubitat", "Relay",
    "MultipurposeSensor", "HoneywellThermostat", "ApiTankModule", "ApiFlowModule", "ZeroTenOutputer",
    "ApiBtuMeter", "SiegLoop",
}  # fmt: skip


@pytest.fixture(params=["orange", "beech"])
def house(request: pytest.FixtureRequest) -> House:
    return load_house(request.param)


def telemetry(house: House) -> Counter[str]:
    return Counter(channel.telemetry for channel in house.channels)


def test_orange_and_beech_are_shipped() -> None:
    assert set(shipped_houses()) >= {"orange", "beech", "maple"}


def test_orange_has_the_inventory_of_the_small_test_house_and_what_storage_control_needs() -> None:
    orange = load_house("orange")
    assert orange.ltn.alias == "d1.isone.ct.newhaven.orange1"
    assert orange.scada.alias == "d1.isone.ct.newhaven.orange1.scada"
    assert orange.terminal_asset.alias == "d1.isone.ct.newhaven.orange1.ta"
    assert [zone.node for zone in orange.zones] == ["zone1-main"]
    assert not orange.boiler
    assert orange.meter.make_model == "GRIDWORKS__SIMPM1"
    assert [relay.index for relay in orange.relays] == [1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 14, 15, 17, 18]
    assert {z.node: z.default for z in orange.zero_tens} == {
        "dist-010v": 20,
        "primary-010v": 40,
        "store-010v": 50,
    }
    assert telemetry(orange) == {
        "RelayState": 14, "PowerW": 6, "VoltsTimesTen": 3, "WaterTempCTimes1000": 8 + 12, "MicroVolts": 12,
        "GpmTimes100": 3, "MicroHz": 3, "AirTempFTimes1000": 2, "ThermostatState": 1,
    }  # fmt: skip
    nameplates = {node.name: node.nameplate_w for node in orange.nodes if node.in_power_metering}
    assert nameplates == {"hp-odu": 6000, "hp-idu": 4000}


def test_beech_is_a_realistic_house_of_about_seventy_channels() -> None:
    beech = load_house("beech")
    assert beech.ltn.alias == "d1.isone.me.versant.keene.beech"
    assert [(zone.name, zone.critical) for zone in beech.zones] == [("down", True), ("up", False)]
    assert [relay.index for relay in beech.relays] == [1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 14, 15, 17, 18, 19, 20]
    assert beech.relay_boards == (0x20, 0x21)
    assert beech.dac_boards == (0x5E, 0x5F)
    assert beech.pipes.addresses == (0x4B, 0x49, 0x48)
    assert len(beech.pipes.thermistors) == 10
    assert beech.meter.make_model == "EGAUGE__4030"
    assert [(flow.node, flow.kind) for flow in beech.flows] == [
        ("primary-flow", "hall"),
        ("dist-flow", "hall"),
        ("store-flow", "reed"),
    ]
    assert beech.boiler
    assert len(beech.channels) == 72
    assert len(beech.derived) == 14


def test_the_buffer_stands_before_three_store_tanks(house: House) -> None:
    assert [tank.name for tank in house.tanks] == ["buffer", "tank1", "tank2", "tank3"]
    assert [tank.name for tank in house.store_tanks] == ["tank1", "tank2", "tank3"]


def test_a_house_breaks_no_axiom_of_the_wire(house: House) -> None:
    assert broken_axioms(house) == ()


def test_what_a_channel_is_about_and_who_captures_it_exist_and_the_capturer_acts(house: House) -> None:
    for channel in house.channels:
        assert channel.about in house.node_by_name, channel.name
        assert house.node_by_name[channel.captured_by].actor_class != "NoActor", channel.name
    for derived in house.derived:
        assert house.node_by_name[derived.created_by].actor_class != "NoActor"


def test_every_handle_has_its_boss_and_ends_in_the_name_of_its_node(house: House) -> None:
    handles = {wire_handle(node): node.name for node in house.nodes}
    assert len(handles) == len(house.nodes)
    for handle, name in handles.items():
        boss, _, last = handle.rpartition(".")
        assert last == name
        assert not boss or boss in handles, handle


def test_names_are_of_the_form_the_wire_demands_and_unique(house: House) -> None:
    nodes = [node.name for node in house.nodes]
    channels = [c.name for c in house.channels] + [d.name for d in house.derived]
    assert len(set(nodes)) == len(nodes)
    assert len(set(channels)) == len(channels)
    assert all(NAME.fullmatch(name) for name in nodes + channels)
    assert all(ALIAS.fullmatch(g.alias) for g in (house.ltn, house.scada, house.terminal_asset))


def test_actor_classes_are_words_of_the_wire_and_actors_have_a_place_to_run(house: House) -> None:
    for node in house.nodes:
        assert node.actor_class in ACTOR_CLASSES
        runs = node.actor_class != "NoActor" and node.name != "s"
        assert node.hierarchy == (f"s.{node.name}" if runs else None)


def test_the_system_nodes_stand_at_their_default_handles(house: House) -> None:
    handles = {node.name: node.handle for node in house.nodes}
    expected = {
        "s": None, "ltn": None, "la": "ltn.la", "lc": "auto.lc", "n": "auto.lc.n", "backup": "auto.lc.backup",
        "scada-blind": "auto.lc.scada-blind", "admin": "admin", "auto": "auto", "derived-generator": None,
        "pico-cycler": "auto.pico-cycler",
        "hp-boss": "auto.lc.n.hp-boss", "freeze-guard": "auto.freeze-guard",
        "comfort-guard": "auto.comfort-guard", "relay1": "auto.pico-cycler.relay1",
        "relay6": "auto.lc.n.relay6",
        "relay-multiplexer": None, "zero-ten-multiplexer": None, "dist-010v": "auto.dist-010v",
    }  # fmt: skip
    assert {name: handles[name] for name in expected} == expected
    assert "s2" not in handles
    assert "sieg-loop" not in handles


def test_a_sieg_loop_moves_its_relays_under_its_own_bosses(tmp_path: Path) -> None:
    text = (FOLDER / "beech.toml").read_text()
    text = text.replace('manifold = "House0" ', 'manifold = "House0Sieg" ')
    (tmp_path / "sieg.toml").write_text(text.replace("use_sieg_loop = false", "use_sieg_loop = true"))
    house = load_house(tmp_path / "sieg.toml")
    handles = {node.name: node.handle for node in house.nodes}
    assert handles["sieg-loop"] == "auto.lc.n.sieg-loop"
    assert handles["relay6"] == "auto.lc.n.hp-boss.relay6"
    assert handles["relay14"] == "auto.lc.n.sieg-loop.relay14"
    assert handles["relay15"] == "auto.lc.n.sieg-loop.relay15"
    assert broken_axioms(house) == ()


def test_a_second_computer_appears_once_something_runs_on_it(tmp_path: Path) -> None:
    text = (FOLDER / "orange.toml").read_text() + '\n[nodes.analog-temp]\nruns_on = "s2"\n'
    (tmp_path / "two.toml").write_text(text)
    house = load_house(tmp_path / "two.toml")
    assert house.node_by_name["s2"].actor_class == "SecondaryScada"
    assert house.node_by_name["analog-temp"].hierarchy == "s2.analog-temp"


def test_every_effect_has_its_relays(house: House) -> None:
    keys = {relay.kind.key if relay.zone is None else f"zone-{relay.kind.key}" for relay in house.relays}
    for effect, choices in EFFECTS.items():
        for positions in choices.values():
            assert effect in OPTIONAL_EFFECTS or set(positions) <= keys


def test_units_and_scales_are_those_of_the_telemetry(house: House) -> None:
    for channel in house.channels:
        assert (channel.unit, channel.scale) == PHYSICAL[channel.telemetry]
    for derived in house.derived:
        assert (derived.unit, derived.scale) == PHYSICAL[derived.gw_unit]


def test_nothing_is_stale_before_two_and_a_half_sampling_periods_nor_below_its_floor(house: House) -> None:
    for channel in house.channels:
        assert channel.stale_ms >= 2.5 * channel.sample_period_ms
        room = channel.telemetry in ("AirTempFTimes1000", "ThermostatState")
        assert channel.stale_ms >= (300_000 if room else 30_000)


@pytest.mark.parametrize(
    ("name", "sample_ms", "stale_ms"),
    [
        ("hp-odu-pwr", 200, 30_000),
        ("hp-lwt", 1000, 30_000),
        ("primary-flow", 7000, 30_000),  # hall: posts after 7 s without pulses
        ("store-flow", 10_000, 30_000),  # reed: posts after 10 s
        ("buffer-depth1-device", 60_000, 150_000),
        ("zone1-down-temp", 300_000, 750_000),
        ("hp-scada-ops-relay6", 1000, 30_000),
        ("dist-010v", 1000, 30_000),
    ],
)
def test_sampling_and_staleness_follow_the_device(name: str, sample_ms: int, stale_ms: int) -> None:
    channel = load_house("beech").channel_by_name[name]
    assert (channel.sample_period_ms, channel.stale_ms) == (sample_ms, stale_ms)


def test_a_layout_may_say_otherwise_of_a_channel(tmp_path: Path) -> None:
    rule = '[channels.hp-lwt]\ndisplay = "Hot"\nstale_s = 60\ncapture_period_s = 60\nasync_capture = false\n'
    derived = "[channels.buffer-depth1]\nstale_s = 600\n"
    (tmp_path / "own.toml").write_text((FOLDER / "orange.toml").read_text() + rule + derived)
    house = load_house(tmp_path / "own.toml")
    channel = house.channel_by_name["hp-lwt"]
    assert (channel.display, channel.stale_ms, channel.capture_period_s, channel.async_delta) == (
        "Hot", 60_000, 60, None,
    )  # fmt: skip
    assert house.derived_by_name["buffer-depth1"].stale_ms == 600_000


def test_a_slower_tank_module_is_given_more_time(tmp_path: Path) -> None:
    text = (FOLDER / "orange.toml").read_text()
    text = text.replace('"pico_0a0b00" }', '"pico_0a0b00", capture_period_s = 120 }')
    (tmp_path / "slow.toml").write_text(text)
    channel = load_house(tmp_path / "slow.toml").channel_by_name["buffer-depth1-device"]
    assert (channel.capture_period_s, channel.sample_period_ms, channel.stale_ms) == (120, 120_000, 300_000)


def test_hertz_thresholds_are_the_gpm_thresholds_of_the_meter() -> None:
    beech = load_house("beech")
    # hall: 0.2 gpm / 60 / 0.0009 gal = 3.7037 Hz; reed: 0.05 gpm / 60 / 0.0748 gal = 0.011141 Hz
    assert beech.channel_by_name["primary-flow-hz"].async_delta == 3_703_704
    assert beech.channel_by_name["store-flow-hz"].async_delta == 11_141


# ------------------------------------------------------------------------------------------------ ids


def all_ids(house: House) -> list[str]:
    gnodes = [gnode.id for gnode in (house.ltn, house.scada, house.terminal_asset)]
    channels = [channel.id for channel in house.channels] + [channel.id for channel in house.derived]
    return gnodes + [node.id for node in house.nodes] + channels


def test_ids_are_lower_case_uuids_of_version_4_and_all_different() -> None:
    ids = [uid for name in ("orange", "beech") for uid in all_ids(load_house(name))]
    assert len(set(ids)) == len(ids)
    for uid in ids:
        assert UUID(uid).version == 4
        assert UUID(uid).variant == "specified in RFC 4122"
        assert str(UUID(uid)) == uid


def test_components_have_ids_too(house: House) -> None:
    components = {node.component_id for node in house.nodes if node.component_id}
    # meter, pipes, hub, relay boards, 0-10 V boards, 4 tanks, 3 flow modules, one per thermostat
    assert len(components) == 5 + 4 + 3 + len(house.zones)
    assert all(UUID(uid).version == 4 for uid in components)


def test_an_id_never_changes() -> None:
    # sha256("d1.isone.ct.newhaven.orange1|channel|hp-odu-pwr")[:16], version and variant bits set
    assert make_id("d1.isone.ct.newhaven.orange1", "channel", "hp-odu-pwr") == PINNED_ID
    assert load_house("orange").channel_by_name["hp-odu-pwr"].id == PINNED_ID


PINNED_ID = "115f0ee5-af1c-428f-9f2b-cc013c8c2c1d"


def test_ids_are_the_same_in_another_process_with_another_hash_seed(house: House) -> None:
    program = (
        "from layouts.load import load_house\n"
        f"h = load_house({house.name!r})\n"
        "print([c.id for c in h.channels] + [n.id for n in h.nodes])"
    )
    environment = {"PYTHONHASHSEED": "12345", "TZ": "Asia/Tokyo", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == str([c.id for c in house.channels] + [n.id for n in house.nodes])


def test_a_layout_may_keep_ids_of_its_own(tmp_path: Path) -> None:
    uids = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(5)]
    text = (FOLDER / "orange.toml").read_text().replace(
        "[gnodes.ta]\n", f'[gnodes.ta]\nid = "{uids[0]}"\n'
    ).replace('"pico_0a0b00" }', f'"pico_0a0b00", component_id = "{uids[1]}" }}') + (
        f'\n[nodes.relay6]\nid = "{uids[2]}"\n[channels.hp-lwt]\nid = "{uids[3]}"\n'
        f'[channels.usable-energy]\nid = "{uids[4]}"\n'
    )  # fmt: skip
    (tmp_path / "own.toml").write_text(text)
    house = load_house(tmp_path / "own.toml")
    assert house.terminal_asset.id == uids[0]
    assert house.tanks[0].component_id == uids[1]
    assert house.node_by_name["buffer"].component_id == uids[1]
    assert house.node_by_name["relay6"].id == uids[2]
    assert house.channel_by_name["hp-lwt"].id == uids[3]
    assert house.derived_by_name["usable-energy"].id == uids[4]


# --------------------------------------------------------------------------- against the reference


def reference() -> dict[str, Any]:
    need(REFERENCE.exists(), "the reference's test layout does not stand in ../shared/data")
    layout: dict[str, Any] = json.loads(REFERENCE.read_text())
    return layout


def test_orange_names_every_node_of_the_reference_layout_as_it_does() -> None:
    nodes = {node.name: node for node in load_house("orange").nodes}
    for node in reference()["ShNodes"]:
        if node["Name"] == "s2":  # nothing of ours runs there
            continue
        ours = nodes[node["Name"]]
        assert ours.actor_class == node["ActorClass"], node["Name"]
        assert ours.handle == node.get("Handle"), node["Name"]
        assert ours.nameplate_w == node.get("NameplatePowerW"), node["Name"]
        assert ours.in_power_metering == node.get("InPowerMetering"), node["Name"]


def test_orange_captures_every_channel_of_the_reference_layout_as_it_does() -> None:
    orange = load_house("orange")
    for channel in reference()["DataChannels"]:
        ours = orange.channel_by_name[channel["Name"]]
        assert ours.about == channel["AboutNodeName"]
        assert ours.captured_by == channel["CapturedByNodeName"]
        assert ours.telemetry == channel["TelemetryName"]
        assert ours.in_power_metering == channel.get("InPowerMetering", False)


def test_orange_derives_every_channel_of_the_reference_layout_as_it_does() -> None:
    orange = load_house("orange")
    derived = reference()["DerivedChannels"]
    assert {d["Name"] for d in derived} == set(orange.derived_by_name)
    for channel in derived:
        ours = orange.derived_by_name[channel["Name"]]
        assert ours.strategy == channel["Strategy"]
        assert ours.gw_unit == channel["OutputUnit"]
        assert ours.created_by == channel["CreatedByNodeName"]


def test_relays_of_orange_are_those_of_the_reference_layout() -> None:
    orange = load_house("orange")
    lists = [c["ConfigList"] for c in reference()["OtherComponents"] if "I2cAddressList" in c]
    rows = [row for rows in lists for row in rows if "RelayIdx" in row]
    assert len(rows) == 14
    for row in rows:
        relay = orange.relay_by_node[row["ActorName"]]
        assert (relay.index, relay.channel) == (row["RelayIdx"], row["ChannelName"])
        assert (relay.kind.wiring, relay.kind.event_type) == (row["WiringConfig"], row["EventType"])
        assert (relay.kind.rest_event, relay.kind.active_event) == (
            row["DeEnergizingEvent"],
            row["EnergizingEvent"],
        )
        assert (relay.kind.rest_state, relay.kind.active_state) == (
            row["DeEnergizedState"],
            row["EnergizedState"],
        )


# ----------------------------------------------------------------------------- what hangs where


def test_each_zone_owns_its_two_relays_its_thermostat_and_its_call_wire() -> None:
    zones = load_house("beech").zones
    assert [(z.name, z.index, z.failsafe_relay, z.ops_relay, z.hub_device_id) for z in zones] == [
        ("down", 1, "relay17", "relay18", 3),
        ("up", 2, "relay19", "relay20", 4),
    ]
    assert [zone.whitewire_channel for zone in zones] == [
        "zone1-down-whitewire-pwr",
        "zone2-up-whitewire-pwr",
    ]
    assert [zone.kwh_per_deg_f for zone in zones] == [1.2, 0.8]


def test_outputs_thermistors_and_registers_hang_where_the_file_says() -> None:
    beech = load_house("beech")
    assert [(z.node, z.output_idx, z.default) for z in beech.zero_tens] == [
        ("dist-010v", 1, 30),
        ("primary-010v", 2, 50),
        ("store-010v", 3, 50),
    ]
    assert [t.terminal for t in beech.pipes.thermistors] == list(range(1, 11))
    assert {r.channel: r.address for r in beech.meter.registers} == {
        "hp-odu-pwr": 6000, "hp-idu-pwr": 6002, "dist-pump-pwr": 6004, "primary-pump-pwr": 6006,
        "store-pump-pwr": 6008, "zone1-down-whitewire-pwr": 6010, "zone2-up-whitewire-pwr": 6012,
    }  # fmt: skip
    assert beech.tanks[0].calibration.b == (0.0, 0.4, -0.3)
    assert (beech.hub.host, beech.hub.mac, beech.hub.maker_api_id) == ("192.168.2.10", "34:e1:d1:80:be:ec", 2)


def test_flow_modules_are_set_up_by_their_kind() -> None:
    hall, _, reed = load_house("beech").flows
    assert (hall.meter_type, hall.gallons_per_tick, hall.async_threshold_gpm_x100) == (
        "SAIER__SENHZG1WA",
        0.0009,
        20,
    )
    assert (hall.no_flow_ms, hall.publish_empty_after_s, hall.publish_period_s, hall.publish_length) == (
        250,
        7,
        10,
        None,
    )
    assert (reed.meter_type, reed.gallons_per_tick, reed.async_threshold_gpm_x100) == (
        "EKM__HOTSPWM075HD",
        0.0748,
        5,
    )
    assert (reed.no_flow_ms, reed.publish_empty_after_s, reed.publish_period_s, reed.publish_length) == (
        5000,
        10,
        None,
        10,
    )
    assert (hall.exp_alpha, reed.exp_alpha) == (0.2, 0.5)


def test_people_are_shown_a_name_unless_the_file_gives_another(tmp_path: Path) -> None:
    orange = load_house("orange")
    assert orange.scada.display == "Little Orange House SCADA"
    assert orange.relay_by_key["zone1-main-failsafe"].display == "Main Zone 1 Failsafe"
    assert orange.node_by_name["zone1-main-stat"].display == "Zone 1 Main Thermostat"
    assert orange.derived_by_name["buffer-depth1"].display == "Buffer Depth1 Effective Temperature"
    assert orange.zero_tens[0].display == "Distribution Pump 0-10 V"
    text = (FOLDER / "orange.toml").read_text()
    for old, new in (
        ("vdc = { index = 1 }", 'vdc = { index = 1, display = "Five Volts" }'),
        ("output_idx = 1,", 'output_idx = 1, display = "House Pump",'),
        ("[zones.main]\n", '[zones.main]\ndisplay = "Parlour"\n'),
        ("[gnodes.scada]\n", '[gnodes.scada]\ndisplay = "The Box"\n'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    own = '[nodes.hp-boss]\ndisplay = "Boss"\n[channels.usable-energy]\ndisplay = "Heat"\n'
    (tmp_path / "own.toml").write_text(text + own)
    house = load_house(tmp_path / "own.toml")
    assert house.relay_by_key["vdc"].display == "Five Volts"
    assert house.zero_tens[0].display == "House Pump"
    assert house.node_by_name["zone1-main"].display == "Parlour"
    assert house.node_by_name["zone1-main-stat"].display == "Parlour Thermostat"
    assert house.scada.display == "The Box"
    assert house.node_by_name["hp-boss"].display == "Boss"
    assert house.derived_by_name["usable-energy"].display == "Heat"


def test_scada_and_terminal_asset_stand_under_the_house_where_the_file_says_nothing(tmp_path: Path) -> None:
    text = (FOLDER / "orange.toml").read_text()
    head, _, rest = text.partition("[gnodes.scada]")
    (tmp_path / "short.toml").write_text(head + rest[rest.index("# ---") :])
    house = load_house(tmp_path / "short.toml")
    orange = load_house("orange")
    assert (house.scada, house.terminal_asset, house.ltn) == (orange.scada, orange.terminal_asset, orange.ltn)


@pytest.mark.parametrize(
    "keys", [("tstat-common",), ("thermistor-common",), ("hp-loop-on-off", "hp-loop-keep-send")]
)
def test_a_house_may_lack_an_optional_effect_altogether(tmp_path: Path, keys: tuple[str, ...]) -> None:
    lines = (FOLDER / "orange.toml").read_text().split("\n")
    kept = [line for line in lines if not line.startswith(tuple(f"{key} = " for key in keys))]
    assert len(kept) == len(lines) - len(keys)
    (tmp_path / "less.toml").write_text("\n".join(kept))
    house = load_house(tmp_path / "less.toml")
    assert not any(key in house.relay_by_key for key in keys)


def test_six_zones_are_allowed(tmp_path: Path) -> None:
    text = (FOLDER / "orange.toml").read_text()
    zones = relays = ""
    for n in range(2, 7):
        zones += f"[zones.z{n}]\nindex = {n}\ncritical = false\nkwh_per_deg_f = 1\nhub_device_id = {n}\n"
        relays += f"zone{n}-z{n}-failsafe = {{ index = {15 + 2 * n} }}\nzone{n}-z{n}-ops = {{ index = {16 + 2 * n} }}\n"
    (tmp_path / "six.toml").write_text(text.replace("[relays]\n", f"[relays]\n{relays}", 1) + zones)
    house = load_house(tmp_path / "six.toml")
    assert [zone.index for zone in house.zones] == [1, 2, 3, 4, 5, 6]
    assert house.relays[-1].index == 28
    assert broken_axioms(house) == ()


def test_values_at_their_very_bound_are_allowed(tmp_path: Path) -> None:
    text = (FOLDER / "orange.toml").read_text()
    other = 'kind = "reed", meter_type = "OMEGA__FTB8010", hw_uid = "pico_0f0002", gallons_per_tick = 1.0'
    old = 'kind = "reed", hw_uid = "pico_0f0002", gallons_per_tick = 0.0748'
    assert old in text
    rule = "[channels.buffer-depth1-device]\nstale_s = 150\n"
    text = text.replace("address = 6008", "address = 5998").replace("[zones.main]", f"[zones.m{'a' * 31}]")
    text = text.replace("zone1-main-", f"zone1-m{'a' * 31}-")
    filler = "#" * (1_000_000 - len((text.replace(old, other) + rule).encode()))
    (tmp_path / "edge.toml").write_text(text.replace(old, other) + rule + filler)
    house = load_house(tmp_path / "edge.toml")
    assert house.channel_by_name["buffer-depth1-device"].stale_ms == 150_000
    assert house.flows[1].gallons_per_tick == 1.0
    assert house.meter.registers[4].address == 5998  # 5998 and 5999, right before 6000
    assert len(house.zones[0].name) == 32


def test_every_number_of_a_layout_has_bounds() -> None:
    for table, (_, keys) in TABLES.items():
        for key in keys:
            if key.form in ("whole", "number", "three", "addresses"):
                assert key.lo is not None, f"{table}.{key.name}"
                assert key.hi is not None, f"{table}.{key.name}"
