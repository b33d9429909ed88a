"""Every axiom and format, broken one at a time: refused when it is heard, illegal before it is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proto.wire import IllegalMessage, Malformed, decode_payload, encode_payload
from proto.wire.catalogue import KNOWN, ROWS, render_messages, version_of
from proto.wire.contracts import SlowContractHeartbeat, SlowDispatchContract
from proto.wire.readings import ChannelReadings, MachineStates, Report, ReportEvent
from tests.wire.examples import UID, example

HB, SDC = "slow.contract.heartbeat", "slow.dispatch.contract"
CAPS = "scada.control.capabilities"


def _at(body: Any, path: str, value: Any) -> None:
    *way, last = path.split("/")
    for step in way:
        body = body[int(step)] if isinstance(body, list) else body[step]
    if isinstance(body, list):
        body[int(last)] = value
    else:
        body[last] = value


BROKEN: list[tuple[str, dict[str, Any]]] = [
    # formats
    ("send.snap", {"FromGNodeAlias": "D1.isone"}),
    ("send.snap", {"FromGNodeAlias": "d1..isone"}),
    ("send.snap", {"FromGNodeAlias": "1d.isone"}),
    ("send.snap", {"FromGNodeAlias": "d1.is-one"}),
    ("send.snap", {"FromGNodeAlias": "d1.isone\n"}),
    ("send.snap", {"FromGNodeAlias": ""}),
    ("single.reading", {"ChannelName": "Hp-odu"}),
    ("single.reading", {"ChannelName": "hp--odu"}),
    ("single.reading", {"ChannelName": "hp.odu"}),
    ("single.reading", {"ChannelName": "-hp"}),
    ("single.reading", {"Value": 1.0}),
    ("single.reading", {"Value": True}),
    ("single.reading", {"Value": None}),
    ("single.reading", {"Value": 2**63}),
    ("single.reading", {"ScadaReadTimeUnixMs": 946_684_799_999}),
    ("single.reading", {"ScadaReadTimeUnixMs": 32_503_680_000_001}),
    ("single.machine.state", {"MachineHandle": "auto.LC"}),
    ("single.machine.state", {"MachineHandle": ".auto"}),
    ("single.machine.state", {"MachineHandle": "9auto"}),
    ("layout.lite", {"MessageId": UID.replace("4111", "1111")}),
    ("layout.lite", {"MessageId": UID.replace("8111", "c111")}),
    ("layout.lite", {"MessageId": UID.replace("-", "")[1:]}),
    ("layout.lite", {"TotalStoreTanks": 0}),
    ("latest.price", {"MarketSlotName": "e.rt60gate5.d1.keene.1770001201"}),
    ("latest.price", {"MarketSlotName": "e.rt61gate5.d1.keene.1770001200"}),
    ("latest.price", {"MarketSlotName": "x.rt60gate5.d1.keene.1770001200"}),
    ("latest.price", {"MarketSlotName": "e.rt60gate5.1770001200"}),
    ("bid", {"MarketSlotName": "e.rt60gate5.d1.keene.177000120"}),
    ("bid", {"PriceUnit": 1}),
    # enums: an unknown contract status is refused, not defaulted; a word must be a word
    (HB, {"Status": "Bogus"}),
    (HB, {"Status": "Completed"}),
    (HB, {"PreviousStatus": "Bogus"}),
    ("glitch", {"Type": 3}),
    ("layout.lite", {"SystemMode": None}),
    ("gridworks.event.problem", {"ProblemType": "catastrophe"}),
    # contracts
    (SDC, {"StartS": 1_770_001_201}),
    (SDC, {"DurationMinutes": 0}),
    (SDC, {"DurationMinutes": -60}),
    (SDC, {"OilBoilerOn": True, "AvgPowerWatts": 1}),
    (SDC, {"OilBoilerOn": 2}),
    (SDC, {"OilBoilerOn": "oil"}),
    (SDC, {"AvgPowerWatts": 0.0}),
    (SDC, {"AvgPowerWatts": "0"}),
    (SDC, {"ContractId": "none"}),
    (HB, {"FromNode": "admin"}),
    (HB, {"MyDigit": 10}),
    (HB, {"MyDigit": -1}),
    (HB, {"MyDigit": True}),
    (HB, {"YourLastDigit": 10}),
    (HB, {"Status": "Created", "MessageCreatedMs": 1_770_001_210_001}),
    (HB, {"Status": "Created", "FromNode": "s", "WattHoursUsed": 0}),
    (HB, {"Status": "Created", "IsAuthoritative": False}),
    (HB, {"Status": "Received"}),
    (HB, {"Status": "TerminatedByScada", "Cause": "cold"}),
    (HB, {"Status": "TerminatedByLtn", "Cause": None}),
    (HB, {"Status": "TerminatedByLtn", "Cause": "x", "IsAuthoritative": False}),
    (HB, {"Status": "CompletedUnknownOutcome", "Cause": None}),
    (HB, {"Status": "CompletedSuccess", "IsAuthoritative": True}),
    (HB, {"Status": "CompletedFailureByScada", "IsAuthoritative": False, "Cause": None}),
    (HB, {"Status": "Active", "Cause": "why not"}),
    (HB, {"Status": "Active", "FromNode": "s", "WattHoursUsed": None}),
    (HB, {"Status": "Active", "FromNode": "ltn", "WattHoursUsed": 1}),
    # lists that belong together
    ("synced.readings", {"ValueList": []}),
    ("channel.readings", {"ValueList": [1, 2]}),
    ("channel.readings", {"ScadaReadTimeUnixMsList": []}),
    ("machine.states", {"StateList": []}),
    ("heating.forecast", {"RswtF": []}),
    ("heating.forecast", {"AvgPowerKw": [1.0, 2.0]}),
    ("heating.forecast", {"RswtDeltaTF": []}),
    ("heating.forecast", {"ForecastCreatedS": 1_770_001_201}),
    ("weather.forecast", {"OatF": []}),
    ("weather.forecast", {"WindSpeedMph": []}),
    ("weather.forecast", {"ForecastCreatedS": 1_770_001_201}),
    ("multichannel.snapshot", {"UnitList": []}),
    # who may command whom
    ("fsm.event", {"FromHandle": "auto"}),
    ("analog.dispatch", {"ToHandle": "auto"}),
    ("set.target.lwt", {"FromHandle": "admin"}),
    ("channel.flatlined", {"FromName": "somebody-else"}),
    ("sieg.loop.endpoint.valve.adjustment", {"HpKeepPercent": 50}),
    # layout
    ("spaceheat.node.gt", {"InPowerMetering": True, "NameplatePowerW": None}),
    ("data.channel.gt", {"InPowerMetering": True, "TelemetryName": "GpmTimes100"}),
    ("layout.lite", {"DataChannels/0/AboutNodeName": "nowhere"}),
    ("layout.lite", {"DataChannels/0/CapturedByNodeName": "nowhere"}),
    ("layout.lite", {"ShNodes/0/ActorClass": "NoActor"}),
    ("layout.lite", {"ShNodes/0/Handle": "auto.lc"}),
    ("layout.lite", {"CriticalZoneList": ["attic"]}),
    ("layout.lite", {"DerivedChannels/0/CreatedByNodeName": "nowhere"}),
    ("pico.tank.module.component.gt", {"PicoHwUid": None, "PicoAHwUid": None, "PicoBHwUid": None}),
    ("pico.tank.module.component.gt", {"PicoHwUid": None, "PicoAHwUid": "a", "PicoBHwUid": None}),
    ("pico.tank.module.component.gt", {"PicoHwUid": "p", "PicoAHwUid": "a"}),
    ("pico.tank.module.component.gt", {"TempCalcMethod": "SimpleBeta", "PicoKOhms": 30}),
    ("pico.tank.module.component.gt", {"TempCalcMethod": "SimpleBetaForPico", "PicoKOhms": None}),
    ("sim.pico.tank.module.component.gt", {"SensorOrder": [1, 2, 2]}),
    ("pico.flow.module.component.gt", {"HwUid": "pico_XYZ"}),
    ("pico.flow.module.component.gt", {"HwUid": None}),
    ("gw1.tank.temp.calibration.map", {"Tank": {}}),
    ("gw1.tank.temp.calibration.map", {"Tank": {"2": example("gw1.tank.temp.calibration")}}),
    (
        "gw1.tank.temp.calibration.map",
        {"Tank": {str(i): example("gw1.tank.temp.calibration") for i in range(1, 8)}},
    ),
    # capabilities
    (CAPS, {"RelayNodes/0/ActorClass": "ZeroTenOutputer"}),
    (CAPS, {"DacNodes/0/ActorClass": "Relay"}),
    (CAPS, {"DacNodes/0/Name": "relay0"}),
    (CAPS, {"ControlChannels/0/AboutNodeName": "relay9"}),
    (CAPS, {"ControlChannels/1/AboutNodeName": "relay0"}),
    (CAPS, {"I2cRelayComponent/ConfigList/0/ActorName": "relay9"}),
    (CAPS, {"RelayNodes": []}),
    # the rest
    ("market.maker.ack", {"StartUnixS": 1_770_004_800}),
    ("market.maker.ack", {"MarketMakerAlias": "d1.isone"}),
    ("market.maker.ack", {"MarketType": "da60"}),
    ("market.maker.ack", {"Signature": "signed"}),
    ("energy.instruction", {"SlotStartS": 1_770_001_201}),
    ("energy.instruction", {"SendTimeMs": 1_770_001_210_001}),
    ("async.btu.params", {"ReadCtVoltage": False}),
    ("async.btu.params", {"CtChannelName": None}),
    ("ticklist.hall", {"FirstTickTimestampNanoSecond": None}),
    ("ticklist.hall", {"RelativeMicrosecondList": []}),
    ("ticklist.reed", {"RelativeMillisecondList": []}),
    ("tank.module.params", {"PicoAB": "c"}),
    ("report.event", {"MessageId": "another"}),
    ("report.event", {"TimeCreatedMs": 1_770_001_200_001}),
]  # fmt: skip


IDS = [f"{name}-{next(iter(change))}-{i}" for i, (name, change) in enumerate(BROKEN)]
ALIVE = {"FromNode": "ltn", "WattHoursUsed": None, "Status": "Active", "IsAuthoritative": True, "Cause": None}


@pytest.mark.parametrize(("name", "change"), BROKEN, ids=IDS)
def test_a_broken_rule_is_refused_on_receipt(name: str, change: dict[str, Any]) -> None:
    body = json.loads(json.dumps(example(name)))
    if name == HB:
        body |= ALIVE
    decode_payload(body)
    for path, value in change.items():
        _at(body, path, value)
    with pytest.raises(Malformed) as refused:
        decode_payload(body)
    assert refused.value.cause == f"illegal {name}"


VERSIONED = sorted(name for name, kind in KNOWN.items() if version_of(kind))
LENIENT = {
    "ally.gives.up", "channel.config", "ha1.params", "hack.oil.off", "hack.oil.on", "pico.comms.params",
    "power.watts", "price.quantity.unitless", "remaining.elec.event", "report", "report.event", "send.snap",
    "ticklist.hall", "ticklist.reed", "weather.forecast",
}  # fmt: skip


@pytest.mark.parametrize("name", VERSIONED)
def test_another_version_is_refused_except_where_any_is_taken(name: str) -> None:
    body = example(name) | {"Version": "999"}
    if name in LENIENT or name.startswith("gridworks.event"):
        assert decode_payload(body).type_name == name
    else:
        with pytest.raises(Malformed):
            decode_payload(body)


def test_a_contract_of_the_wrong_start_cannot_even_be_made() -> None:
    with pytest.raises(IllegalMessage, match="5 minutes"):
        SlowDispatchContract(
            scada_alias="a", start_s=1_770_001_201, duration_minutes=60, avg_power_watts=1,
            oil_boiler_on=False, contract_id=UID,
        )  # fmt: skip


def test_what_the_scada_may_not_say_is_illegal() -> None:
    contract = SlowDispatchContract(
        scada_alias="a", start_s=1_770_001_200, duration_minutes=60, avg_power_watts=1,
        oil_boiler_on=False, contract_id=UID,
    )  # fmt: skip
    with pytest.raises(IllegalMessage, match="Only the LTN may say Created"):
        SlowContractHeartbeat(
            from_node="s", contract=contract, status="Created", message_created_ms=1_770_001_200_000,
            watt_hours_used=0, my_digit=1,
        )  # fmt: skip
    bad = SlowContractHeartbeat(
        from_node="s", contract=contract, status="Bogus",  # type: ignore[arg-type]
        message_created_ms=1_770_001_200_000, watt_hours_used=0, my_digit=1,
    )  # fmt: skip
    with pytest.raises(IllegalMessage, match="Bogus"):
        encode_payload(bad)


def _report(**changes: Any) -> ReportEvent:
    fields: dict[str, Any] = {
        "from_g_node_alias": "a.scada", "from_g_node_instance_id": UID, "about_g_node_alias": "a.ta",
        "slot_start_unix_s": 1_770_000_900, "slot_duration_s": 300, "channel_reading_list": (),
        "state_list": (), "fsm_report_list": (), "message_created_ms": 1_770_001_200_000, "id": UID,
    }  # fmt: skip
    report = Report(**(fields | changes))
    made_ms = report.message_created_ms
    return ReportEvent(message_id=UID, time_created_ms=made_ms, src="a.scada", report=report)


def test_an_empty_list_is_never_reported_because_it_brings_an_ltn_down() -> None:
    encode_payload(_report())
    states = MachineStates(machine_handle="auto.lc.n.relay6", state_enum="relay.closed.or.open",
                           state_list=(), unix_ms_list=())  # fmt: skip
    readings = ChannelReadings(channel_name="oat", value_list=(), scada_read_time_unix_ms_list=())
    for changes in ({"state_list": (states,)}, {"channel_reading_list": (readings,)}):
        with pytest.raises(IllegalMessage, match="without a"):
            encode_payload(_report(**changes))


@pytest.mark.parametrize("duration_s", [0, -300])
def test_a_slot_lasts(duration_s: int) -> None:
    with pytest.raises(IllegalMessage):
        encode_payload(_report(slot_duration_s=duration_s))


def test_the_catalogue_lists_every_message_once_and_prints_it() -> None:
    assert len(KNOWN) == len(ROWS)
    page = render_messages()
    for name in KNOWN:
        assert page.count(f"\n| `{name}` |") == 1
    assert "| `slow.contract.heartbeat` | 001 |" in page
    assert "| `gridworks.ping` | – |" in page
