# ruff: noqa: E501 - a sentence stands on one line, as it is printed
"""Every mistake in a layout is answered by its sentence: an edit of a good layout, and what is said of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from layouts.load import FOLDER, load_house
from layouts.mistakes import LayoutMistakes

ORANGE = (FOLDER / "orange.toml").read_text()
BEECH = (FOLDER / "beech.toml").read_text()
RELAY_6 = "hp-scada-ops = { index = 6 }"
OAK = "oak.toml"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sentences(text: str | bytes) -> list[str]:
    """What the loader says of a layout with this text; nothing when it is fine."""
    Path(OAK).write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        load_house(OAK)
    except LayoutMistakes as mistakes:
        return list(mistakes.sentences)
    return []


def edited(old: str, new: str, text: str = ORANGE) -> str:
    """The text with one edit that must be possible."""
    assert text.count(old) >= 1, f"the layout no longer holds {old!r}"
    return text.replace(old, new, 1)


# One edit of orange.toml -> the sentences, without "oak.toml" in front.
EDITS: list[tuple[str, str, list[str]]] = [
    # relays
    (RELAY_6, "hp-scada-ops = { index = 5 }", [
        " [relays.hp-scada-ops]: index is 5, but 'hp-scada-ops' is relay 6 in every House0 manifold.",
        " [relays.hp-scada-ops]: index 5 is already taken by 'hp-failsafe'."]),
    ("hp-failsafe = { index = 5 }", "hp-failsafe = { index = 6 }", [
        " [relays.hp-failsafe]: index is 6, but 'hp-failsafe' is relay 5 in every House0 manifold.",
        " [relays.hp-scada-ops]: index 6 is already taken by 'hp-failsafe'."]),
    (RELAY_6, "hp-scada-op = { index = 6 }", [
        " [relays.hp-scada-op]: there is no relay of that name. Did you mean 'hp-scada-ops'?",
        " [relays]: 'hp-scada-ops' is missing; without it the effect 'heat_pump' has no relay."]),
    (RELAY_6, "hp-scada-ops = { indx = 6 }", [
        " [relays.hp-scada-ops]: unknown key 'indx'. Did you mean 'index'?",
        " [relays.hp-scada-ops]: 'index' is missing: the number of the relay on the boards, 1 to 32."]),
    (RELAY_6, 'hp-scada-ops = { index = "6" }', [
        " [relays.hp-scada-ops]: index must be a whole number from 1 to 32, not the text '6'."]),
    (RELAY_6, "hp-scada-ops = { index = true }", [
        " [relays.hp-scada-ops]: index must be a whole number from 1 to 32, not true."]),
    (RELAY_6, "hp-scada-ops = { index = 33 }", [
        " [relays.hp-scada-ops]: index must be a whole number from 1 to 32, not 33."]),
    (RELAY_6, "hp-scada-ops = { index = 0 }", [
        " [relays.hp-scada-ops]: index must be a whole number from 1 to 32, not 0."]),
    (RELAY_6, f"hp-scada-ops = {{ index = 0x{'f' * 5000} }}", [
        " [relays.hp-scada-ops]: index must be a whole number from 1 to 32, not a number far too large."]),
    (RELAY_6, "hp-scada-ops = 6", [" [relays.hp-scada-ops]: must be a table, not 6."]),
    ("store-pump-failsafe = { index = 9 }", "", [
        " [relays]: 'store-pump-failsafe' is missing; without it the effect 'store_pump' has no relay."]),
    ("vdc = { index = 1 }", "", [
        " [relays]: 'vdc' is missing; without it the effect 'sensor_power' has no relay."]),
    ("zone1-main-ops = { index = 18 }", "", [
        " [relays]: 'zone1-main-ops' is missing; without it the effect 'zones' has no relay."]),
    ("zone1-main-ops = { index = 18 }", "zone1-main-ops = { index = 19 }", [
        " [relays.zone1-main-ops]: index is 19, but 'zone1-main-ops' is relay 18 in every House0 manifold."]),
    ("hp-loop-keep-send = { index = 15 }", "", [
        " [relays]: 'hp-loop-keep-send' is missing; without it the effect 'sieg_valve' has no relay."]),
    # boards
    ("relays = [0x20, 0x21]", "relays = [0x20]", [
        " [relays.zone1-main-failsafe]: index 17 is on board 2, but [boards] relays names only 1.",
        " [relays.zone1-main-ops]: index 18 is on board 2, but [boards] relays names only 1."]),
    ("relays = [0x20, 0x21]", "relays = [0x20, 0x48]", [
        " [boards]: relays must be a list of I2C addresses from 0x20 to 0x27, for example [0x20, 0x21], "
        "not [32, 72]."]),
    ("relays = [0x20, 0x21]", "relays = [0x21, 0x21]", [" [boards]: relays names the address 0x21 twice."]),
    ("relays = [0x20, 0x21]", "relays = [0x20, 0x21, 0x22]", [
        " [boards]: relays names 3 addresses; there are at most 2."]),
    ("relays = [0x20, 0x21]", "relays = 0x20", [
        " [boards]: relays must be a list of I2C addresses from 0x20 to 0x27, for example [0x20, 0x21], "
        "not 32."]),
    ("zero_ten = [0x5E, 0x5F]", "zero_ten = [0x5E]", [
        " [zero_tens.store-010v]: output_idx 3 needs a second board in [boards] zero_ten."]),
    # 0-10 V outputs
    ("store-010v = { output_idx = 3", "store-010v = { output_idx = 2", [
        " [zero_tens.store-010v]: output_idx 2 is already taken by 'primary-010v'."]),
    ("default_v = 5.0", "default_v = 5.05", [
        " [zero_tens.store-010v]: default_v goes in steps of 0.1, not 5.05."]),
    ("default_v = 5.0", "default_v = 50", [
        " [zero_tens.store-010v]: default_v must be a number from 0 to 10, not 50."]),
    ("default_v = 4.0", "default_v = 0.0", [
        " [zero_tens.primary-010v]: default_v is 0, and 0 V stops the pump: no state could move its water."]),
    ("default_v = 2.0", "default_v = 0", [
        " [zero_tens.dist-010v]: default_v is 0, and 0 V stops the pump: no state could move its water."]),
    ("store-010v = { output_idx = 3, default_v = 5.0 }", "", [
        " [zero_tens]: 'store-010v' is missing; every posture sets it."]),
    ("store-010v = {", "store-10v = {", [
        " [zero_tens.store-10v]: there is no 0-10 V output of that name. Did you mean 'store-010v'?",
        " [zero_tens]: 'store-010v' is missing; every posture sets it."]),
    # identities
    ('orange1.ta"', 'orange2.ta"', [
        " [gnodes.ta]: alias must be 'd1.isone.ct.newhaven.orange1.ta', the alias of [gnodes.ltn] and '.ta', "
        "not 'd1.isone.ct.newhaven.orange2.ta'."]),
    ('orange1.scada"', 'orange1.sacda"', [
        " [gnodes.scada]: alias must be 'd1.isone.ct.newhaven.orange1.scada', the alias of [gnodes.ltn] and "
        "'.scada', not 'd1.isone.ct.newhaven.orange1.sacda'."]),
    ('alias = "d1.isone.ct.newhaven.orange1"', 'alias = "d1.isone.new-haven"', [
        " [gnodes.ltn]: alias must be lower-case words of letters and digits joined by '.', starting with a "
        "letter, not 'd1.isone.new-haven'."]),
    ('alias = "d1.isone.ct.newhaven.orange1"', 'id = "12345678-1234-1234-1234-123456789012"', [
        " [gnodes.ltn]: 'alias' is missing: the identity on the grid, as registered with GridWorks.",
        " [gnodes.ltn]: id must be a lower-case UUID of version 4, not '12345678-1234-1234-1234-123456789012'."]),
    ("[gnodes.ltn]", "[gnodes.ltnn]", [
        " [gnodes.ltnn]: there is no identity of that name. Did you mean 'ltn'?",
        " [gnodes]: table [gnodes.ltn] is missing: it holds the house's alias on the grid."]),
    # zones
    ("index = 1            #", "index = 2 #", [
        " [zones.main]: index 2 leaves a gap; zones are numbered from 1, here up to 1."]),
    ("index = 1            #", "index = 7 #", [
        " [zones.main]: index must be a whole number from 1 to 6, not 7."]),
    ("critical = true ", "critical = false ", [
        " [zones]: no zone is critical; mark at least one with critical = true, or backup heat never starts."]),
    ("critical = true ", 'critical = "true" ', [
        " [zones.main]: critical must be true or false, not the text 'true'."]),
    ("critical = true ", " ", [
        " [zones.main]: 'critical' is missing: whether every heat source helps when this zone is cold."]),
    ("kwh_per_deg_f = 1.0", "kwh_per_deg_f = nan", [
        " [zones.main]: kwh_per_deg_f must be a number from 0.01 to 100, not nan."]),
    ("kwh_per_deg_f = 1.0", "kwh_per_deg_f = inf", [
        " [zones.main]: kwh_per_deg_f must be a number from 0.01 to 100, not inf."]),
    ("[zones.main]", "[zones.Main_Floor]", [
        " [zones]: 'Main_Floor' cannot be a name; names are lower-case words of letters and digits joined by "
        "'-', starting with a letter, at most 64 characters."]),
    # tanks
    ('tank2 = { hw_uid = "pico_0a0b02" }', 'tank2 = { hw_uid = "pico_0a0b01" }', [
        " [tanks.tank2]: hw_uid 'pico_0a0b01' is already taken by 'tank1'."]),
    ("pico_0a0b02", "pico_12", [
        " [tanks.tank2]: hw_uid must be 'pico_' and six hexadecimal digits, as printed by the module, for "
        "example 'pico_a1b2c3', not 'pico_12'."]),
    ("tank2 = {", "tnk2 = {", [
        " [tanks.tnk2]: there is no tank of that name. Did you mean 'tank2'?",
        " [tanks.tank3]: 'tank2' is missing before it; store tanks are numbered from 1 without gaps."]),
    ("tank3 = {", "tank7 = {", [" [tanks.tank7]: there is no tank of that name. Did you mean 'tank6'?"]),
    ('buffer = { hw_uid = "pico_0a0b00" }', "", [" [tanks]: 'buffer' is missing; every house has a buffer tank."]),
    ('"pico_0a0b00" }', '"pico_0a0b00", sensor_order = [1, 1, 2] }', [
        " [tanks.buffer]: sensor_order must be the numbers 1, 2, 3 in some order, as in [3, 2, 1], not [1, 1, 2]."]),
    ('"pico_0a0b00" }', '"pico_0a0b00", calibration_m = [1.0, 1.0] }', [
        " [tanks.buffer]: calibration_m must be three numbers from 0.5 to 2, top first, as in [1.0, 1.0, 1.0], "
        "not [1.0, 1.0]."]),
    ('"pico_0a0b00" }', '"pico_0a0b00", calibration_m = [true, 1, 1] }', [
        " [tanks.buffer]: calibration_m must be three numbers from 0.5 to 2, top first, as in [1.0, 1.0, 1.0], "
        "not [true, 1, 1]."]),
    ('"pico_0a0b00" }', '"pico_0a0b00", sensor_order = 123 }', [
        " [tanks.buffer]: sensor_order must be the numbers 1, 2, 3 in some order, as in [3, 2, 1], not 123."]),
    ('"pico_0a0b00" }', '"pico_0a0b00", sensor_order = [1, 2, "3"] }', [
        " [tanks.buffer]: sensor_order must be the numbers 1, 2, 3 in some order, as in [3, 2, 1], not [1, 2, '3']."]),
    # flow modules
    ("pico_0f0001", "pico_0a0b00", [" [flows.primary-flow]: hw_uid 'pico_0a0b00' is already taken by 'buffer'."]),
    ('store-flow = { kind = "reed"', 'store-flow = { kind = "red"', [
        " [flows.store-flow]: kind must be 'hall' or 'reed', not 'red'. Did you mean 'reed'?"]),
    ('store-flow = { kind = "reed"', 'store-flow = { kind = "reed", publish_period_s = 5', [
        " [flows.store-flow]: publish_period_s is a key of hall modules; this one is 'reed'."]),
    ('[flows]\nprimary-flow = {', '[nodes.primary-flow]\nruns_on = "s2"\n[flows]\nprimary-flow = { send_tick_lists = true,', [
        " [flows.primary-flow]: send_tick_lists is not for a module of the second computer; only the primary speaks "
        "to the ATN."]),
    ("gallons_per_tick = 0.0748", 'meter_type = "OMEGA__FTB8010"', [
        " [flows.primary-flow]: 'gallons_per_tick' is missing: gallons per pulse; only for EKM__HOTSPWM075HD is it "
        "known."]),
    ("store-flow = {", "stor-flow = {", [
        " [flows.stor-flow]: there is no flow module of that name. Did you mean 'store-flow'?",
        " [flows]: nobody captures 'store-flow'; the control of every house needs it."]),
    # thermistors
    ("hp-ewt = 4", "hp-ewt = 3", [" [pipes.thermistors]: terminal 3 is already taken by 'hp-lwt'."]),
    ("hp-ewt = 4", "hp-ewt = 13", [
        " [pipes.thermistors]: hp-ewt: terminal must be a whole number from 1 to 12, not 13."]),
    ("hp-ewt = 4", "", [" [pipes.thermistors]: nobody captures 'hp-ewt'; the control of every house needs it."]),
    ("hp-ewt = 4", "hp-ewtt = 4", [
        " [pipes.thermistors]: there is no channel 'hp-ewtt'. Did you mean 'hp-ewt'? For a channel of your own "
        "write [channels.hp-ewtt] with 'about'.",
        " [pipes.thermistors]: nobody captures 'hp-ewt'; the control of every house needs it."]),
    ("addresses = [0x4B, 0x49, 0x48]", "addresses = [0x4B, 0x4B, 0x49]", [
        " [pipes]: addresses names the address 0x4B twice."]),
    ("addresses = [0x4B, 0x49, 0x48]", "addresses = [0x4B]", [
        f" [pipes.thermistors]: {name}: terminal {terminal} needs another chip; [pipes] addresses names 1 of "
        "four terminals each." for name, terminal in (
            ("store-hot-pipe", 5), ("store-cold-pipe", 6), ("buffer-hot-pipe", 7), ("buffer-cold-pipe", 8))]),
    ("supply_v = 4.85", "supply_v = 485", [" [pipes]: supply_v must be a number from 4.5 to 5.5, not 485."]),
    ("[pipes.thermistors]", "[pipes.thermistor]", [
        " [pipes]: unknown key 'thermistor'. Did you mean 'thermistors'?",
        " [pipes]: table [pipes.thermistors] is missing: the thermistors: channel = screw terminal."]),
    # meter
    ("address = 6002", "address = 6001", [
        " [meter.registers.hp-idu-pwr]: address 6001 is already taken by 'hp-odu-pwr'; each channel has two "
        "registers."]),
    ("address = 6002", "address = 5999", [
        " [meter.registers.hp-idu-pwr]: address 5999 is already taken by 'hp-odu-pwr'; each channel has two "
        "registers."]),
    ("zone1-main-whitewire-pwr", "zone1-man-whitewire-pwr", [
        " [meter.registers]: there is no channel 'zone1-man-whitewire-pwr'. Did you mean 'zone1-main-whitewire-pwr'? "
        "For a channel of your own write [channels.zone1-man-whitewire-pwr] with 'about'."]),
    ("nameplate_w = 4000, ", "", [
        " [meter.registers.hp-idu-pwr]: 'nameplate_w' is missing: what is in power metering needs its nameplate "
        "power in W."]),
    ("hp-idu-pwr = {", "hp-iduu-pwr = {", [
        " [meter.registers]: there is no channel 'hp-iduu-pwr'. Did you mean 'hp-idu-pwr'? For a channel of your "
        "own write [channels.hp-iduu-pwr] with 'about'.",
        " [meter.registers]: nobody captures 'hp-idu-pwr'; the control of every house needs it."]),
    ("GRIDWORKS__SIMPM1", "EGAUGE_4030", [
        " [meter]: make_model must be 'EGAUGE__4030' or 'GRIDWORKS__SIMPM1' or 'SCHNEIDERELECTRIC__IEM3455', not "
        "'EGAUGE_4030'. Did you mean 'EGAUGE__4030'?"]),
    ("port = 502", "port = 70000", [" [meter]: port must be a whole number from 1 to 65535, not 70000."]),
    # hub
    ("34:e1:d1:82:22:22", "34-E1-D1", [
        " [hub]: mac must be six lower-case hexadecimal pairs joined by ':', for example '34:e1:d1:82:22:22', "
        "not '34-E1-D1'."]),
    ('host = "192.168.0.1"', 'host = "http://pi:hunter2@hub"', [
        " [hub]: host must be a host name or an IP address, without user, port or 'http://', not '(hidden)'."]),
    # house and file
    ("[hub]", "[hubb]", [
        ": unknown table 'hubb'. Did you mean 'hub'?",
        ": table [hub] is missing: the hub that speaks for the thermostats."]),
    ('manifold = "House0" ', 'manifold = "House0Seig" ', [
        " [house]: manifold must be 'House0' or 'House0Sieg', not 'House0Seig'. Did you mean 'House0Sieg'?"]),
    ("use_sieg_loop = false", "use_sieg_loop = true", [
        " [house]: use_sieg_loop is true, but manifold is 'House0'; the valve is part of 'House0Sieg'."]),
    ('display = "Little Orange House"', 'display = ""', [
        " [house]: display must be some text in quotes, not ''."]),
    ('display = "Little Orange House"', r'display = "a\u0007b"', [
        r" [house]: display must be text in quotes on one line, at most 200 characters, not 'a\x07b'."]),
    ("boiler = false", "boiler = no", [': line 11, column 10: this is not a value; text stands in quotes, as in "oak".']),
    ("boiler = false", "boiler = false\nboiler = true", [
        ": line 12, column 14: this name was already given a value above."]),
    ("[hub]", "[hub]\n[hub]", [": line 111, column 5: table [hub] was already opened above."]),
    ('"192.168.0.1"', '"192.168.0.1', [": line 111, column 20: illegal character '\\n'."]),
]  # fmt: skip

# Something added to the end of orange.toml -> the sentences.
ADDITIONS: list[tuple[str, list[str]]] = [
    ('[channels.buffer-depth1]\ncaptured_ny = "buffer"', [
        " [channels.buffer-depth1]: unknown key 'captured_ny'. Did you mean 'captured_by'?"]),
    ("[channels.hp-lwtt]\ncapture_period_s = 60", [
        " [channels.hp-lwtt]: nobody captures this channel. Did you mean 'hp-lwt'?"]),
    ('[channels.hp-lwt]\ncaptured_by = "power-meter"', [
        " [channels.hp-lwt]: captured_by is 'power-meter', but this channel is captured by 'analog-temp'."]),
    ('[channels.hp-lwt]\ncaptured_by = "analogtemp"', [
        " [channels.hp-lwt]: captured_by is 'analogtemp', but there is no such node. Did you mean 'analog-temp'?"]),
    ('[channels.hp-lwt]\nabout = "hp-lwd"', [
        " [channels.hp-lwt]: about is 'hp-lwd', but there is no such node. Did you mean 'hp-lwt'?"]),
    ("[channels.hp-lwt]\nstale_s = 1", [
        " [channels.hp-lwt]: stale_s must be at least 2.5, two and a half sampling periods; it is sampled every "
        "1 s."]),
    ("[channels.hp-odu-pwr]\ncapture_period_s = 0", [
        " [channels.hp-odu-pwr]: capture_period_s must be a whole number from 1 to 86400, not 0."]),
    ("[channels.hp-lwt]\nasync_delta = 0", [
        " [channels.hp-lwt]: async_delta must be a whole number from 1 to 1000000000, not 0."]),
    ('[channels.buffer-depth1]\nabout = "buffer"', [
        " [channels.buffer-depth1]: about has no meaning here: 'buffer-depth1' is computed, not measured."]),
    ('[nodes.hp-bos]\ndisplay = "Boss"', [
        " [nodes.hp-bos]: there is no node of that name. Did you mean 'hp-boss'? A node of your own needs a "
        "channel that is about it."]),
    ('[nodes.hp-boss]\nhandle = "auto.lc.m.hp-boss"', [
        " [nodes.hp-boss]: handle 'auto.lc.m.hp-boss' has no boss: there is no node with the handle 'auto.lc.m'. "
        "Did you mean 'auto.lc.n'?"]),
    ('[nodes.hp-boss]\nhandle = "auto.lc.n.boss"', [" [nodes.hp-boss]: handle must end in 'hp-boss', not 'boss'."]),
    ('[nodes.n]\nhandle = "auto.n"', [
        ": no node has the handle 'auto.lc.n', but 'hp-boss', 'relay2', 'relay3' and 11 more should stand under "
        "it."]),
    ('[nodes.lc]\nhandle = "lc"', [
        ": no node has the handle 'auto.lc', but 'n', 'backup', 'scada-blind' should stand under it."]),
    ('[nodes.n]\nruns_on = "s2"', [" [nodes.n]: 'n' runs no code of its own, so runs_on cannot be 's2'."]),
    ('[nodes.n]\nid = "5d01b433-8731-483f-b8e8-641f725a1760"\n'
     '[nodes.lc]\nid = "5d01b433-8731-483f-b8e8-641f725a1760"', [
        ": node 'n' and node 'lc' have the same id 5d01b433-8731-483f-b8e8-641f725a1760."]),
    ('[channels.garage-pwr]\nabout = "garage"\n[meter.registers.garage-pwr]\naddress = 7000', [
        " [channels.garage-pwr]: about is 'garage', but there is no such node."]),
    ('[channels.odu2-pwr]\nabout = "hp-odu"\n[meter.registers.odu2-pwr]\naddress = 7000', [
        " [meter.registers.odu2-pwr]: node 'hp-odu' is already metered by 'hp-odu-pwr'."]),
    ('[channels.hp-lwt-2]\nabout = "hp-lwt"\n[meter.registers.hp-lwt-2]\naddress = 7000\n'
     "[pipes.thermistors.hp-lwt-2]", [
        " [pipes.thermistors]: hp-lwt-2: terminal must be a whole number from 1 to 12, not a table.",
        ": channel 'hp-lwt-2' is captured 2 times, by analog-temp and power-meter."]),
]  # fmt: skip


def test_a_house_that_meters_no_power_is_a_mistake() -> None:
    nothing = ORANGE.replace("in_power_metering = true", "in_power_metering = false")
    assert nothing.count("in_power_metering = false") == 2
    assert sentences(nothing) == [
        f"{OAK} [meter.registers]: no channel has in_power_metering = true; the energy of a contract is what "
        "these use; the heat pump's hp-odu-pwr and hp-idu-pwr have it."
    ]
    assert sentences(nothing.replace("in_power_metering = false", "in_power_metering = true", 1)) == []


@pytest.mark.parametrize(("old", "new", "said"), EDITS, ids=[f"{new[:40]}" for _, new, _ in EDITS])
def test_an_edit_of_a_good_layout_gets_exactly_these_sentences(old: str, new: str, said: list[str]) -> None:
    assert sentences(edited(old, new)) == [OAK + sentence for sentence in said]


@pytest.mark.parametrize(("added", "said"), ADDITIONS)
def test_an_addition_to_a_good_layout_gets_exactly_these_sentences(added: str, said: list[str]) -> None:
    assert sentences(f"{ORANGE}\n{added}\n") == [OAK + sentence for sentence in said]


def test_all_mistakes_are_told_at_once() -> None:
    text = edited("hp-ewt = 4", "hp-ewt = 3", edited("port = 502", "port = 0", edited(RELAY_6, "")))
    assert sentences(text) == [
        "oak.toml [meter]: port must be a whole number from 1 to 65535, not 0.",
        "oak.toml [relays]: 'hp-scada-ops' is missing; without it the effect 'heat_pump' has no relay.",
        "oak.toml [pipes.thermistors]: terminal 3 is already taken by 'hp-lwt'.",
    ]


def test_two_zones_with_one_number_are_told_without_follow_ups() -> None:
    text = edited("[zones.up]\nindex = 2", "[zones.up]\nindex = 1", BEECH)
    assert sentences(text) == ["oak.toml [zones.up]: index 1 is already taken by 'down'."]


def test_a_gap_in_the_zone_numbers_is_told_without_follow_ups() -> None:
    text = edited("[zones.up]\nindex = 2", "[zones.up]\nindex = 3", BEECH)
    assert sentences(text) == [
        "oak.toml [zones.up]: index 3 leaves a gap; zones are numbered from 1, here up to 2."
    ]


def test_a_seventh_zone_is_refused() -> None:
    zones = "".join(
        f"[zones.z{n}]\nindex = {min(n, 6)}\ncritical = true\nkwh_per_deg_f = 1\nhub_device_id = {90 + n}\n"
        for n in range(2, 8)
    )
    said = sentences(f"{ORANGE}\n{zones}")
    assert "oak.toml [zones]: a house has 1 to 6 zones, not 7." in said
    assert "oak.toml [zones.z7]: index 6 is already taken by 'z6'." in said


def test_a_zone_has_a_short_name() -> None:
    long = "m" * 33
    text = ORANGE.replace("[zones.main]", f"[zones.{long}]").replace("zone1-main-", f"zone1-{long}-")
    assert sentences(text) == [
        f"oak.toml [zones.{long}]: the name of a zone has at most 32 characters; other names are made of it."
    ]


def test_a_house_with_a_siegenthaler_valve_has_its_relays() -> None:
    text = edited('manifold = "House0" ', 'manifold = "House0Sieg" ')
    text = edited(
        "hp-loop-on-off = { index = 14 }", "", edited("hp-loop-keep-send = { index = 15 }", "", text)
    )
    assert sentences(text) == [
        "oak.toml [relays]: 'hp-loop-on-off' is missing; a House0Sieg manifold has it.",
        "oak.toml [relays]: 'hp-loop-keep-send' is missing; a House0Sieg manifold has it.",
    ]


def test_a_channel_is_not_captured_more_often_than_it_is_polled() -> None:
    text = edited("poll_period_ms = 200", "poll_period_ms = 2000")
    text += "\n[channels.hp-odu-pwr]\ncapture_period_s = 2\n"
    assert sentences(text) == [
        "oak.toml [channels.hp-odu-pwr]: capture_period_s must be longer than the polling period; "
        "it is polled every 2 s."
    ]


def test_two_thermostats_with_one_device_number_are_refused() -> None:
    text = edited("hub_device_id = 4", "hub_device_id = 3", BEECH)
    assert sentences(text) == ["oak.toml [zones.up]: hub_device_id 3 is already taken by 'down'."]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[zones]", "oak.toml [zones]: is empty; here stand the heated zones."),
        ("[tanks]", "oak.toml [tanks]: is empty; here stand the tanks and their sensor modules."),
        ("[flows]", "oak.toml [flows]: is empty; here stand the flow modules."),
        ("[relays]", "oak.toml [relays]: is empty; here stand the relays."),
        (
            "[meter.registers]",
            "oak.toml [meter.registers]: is empty; here stand the channels the meter measures.",
        ),
    ],
)
def test_an_empty_table_is_not_a_house_without_it(table: str, said: str) -> None:
    head, _, rest = ORANGE.partition(f"{table}\n" if table != "[zones]" else "[zones.main]\n")
    rest = rest[rest.index("\n[") :] if "\n[" in rest else ""
    assert said in sentences(f"{head}{table}\n{rest}")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "oak.toml: is empty."),
        (b" \n\t\n", "oak.toml: is empty."),
        (b"\xef\xbb\xbf" + ORANGE.encode(), "oak.toml: begins with a byte order mark; save it as UTF-8 without one."),
        (ORANGE.encode("utf-16"), "oak.toml: is not UTF-8 text (byte 0xFF in line 1); save it as UTF-8."),
        (b"[house]\ndisplay = '\xe9t\xe9'\n", "oak.toml: is not UTF-8 text (byte 0xE9 in line 2); save it as UTF-8."),
        (b"#" * 1_000_001, "oak.toml: has 1000001 bytes; no such file needs more than 1000000."),
        (b"# nothing but a comment\n", "oak.toml: holds none of the tables of a layout; begin with a copy of "
         "layouts/orange.toml."),
        (b"[site]\nlayout = 'orange'\n", "oak.toml: holds none of the tables of a layout; begin with a copy of "
         "layouts/orange.toml."),
        (b"a = " + b"[" * 5000, "oak.toml: is nested far too deeply."),
        (b"a = " + b"9" * 5000, "oak.toml: holds a number of far too many digits."),
        (b"[house]\x00", "oak.toml: line 1, column 8: expected newline or end of document after a statement."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(data: bytes, said: str) -> None:
    assert sentences(data) == [said]


def test_a_name_nobody_knows_gets_the_nearest_house() -> None:
    with pytest.raises(LayoutMistakes) as caught:
        load_house("ornage")
    assert caught.value.sentences == ("layouts/ornage.toml: there is no such file. Did you mean 'orange'?",)


@pytest.mark.parametrize("name", ["", ".", "..", "\0", "a" * 5000, "orange/", "../orange", "no/such.toml"])
def test_a_strange_name_is_a_mistake_and_nothing_else(name: str) -> None:
    with pytest.raises(LayoutMistakes) as caught:
        load_house(name)
    assert len(caught.value.sentences) == 1


def test_a_folder_is_not_a_layout() -> None:
    Path(OAK).mkdir()
    with pytest.raises(LayoutMistakes) as caught:
        load_house(OAK)
    assert caught.value.sentences == ("oak.toml: is a folder, not a file.",)


def test_a_pipe_is_refused_without_waiting_for_a_writer() -> None:
    os.mkfifo(OAK)
    with pytest.raises(LayoutMistakes) as caught:
        load_house(OAK)
    assert caught.value.sentences == ("oak.toml: is not a regular file.",)


def test_the_number_of_sentences_is_bounded() -> None:
    said = sentences(ORANGE + "".join(f"\n[channels.x{n}]\nabout = 'y'" for n in range(300)))
    assert len(said) == 101
    assert said[-1] == "oak.toml: and 200 more mistakes of this kind."


def test_a_channel_of_your_own_is_welcome_once_it_says_what_it_is_about() -> None:
    own = '[channels.garage-pwr]\nabout = "garage"\n[meter.registers.garage-pwr]\naddress = 7000\n[nodes.garage]\n'
    Path(OAK).write_text(f"{ORANGE}\n{own}")
    house = load_house(OAK)
    assert house.channel_by_name["garage-pwr"].about == "garage"
    assert house.node_by_name["garage"].actor_class == "NoActor"
