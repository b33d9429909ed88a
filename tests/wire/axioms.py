"""Bends random JSON of the right shape until it keeps the axioms of its type, so that both sides take it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

LTN_ONLY = ("Created", "Confirmed", "TerminatedByLtn")
SCADA_ONLY = ("Received", "TerminatedByScada")
CLAIMS = ("CompletedSuccess", "CompletedFailureByLtn", "CompletedFailureByScada")
SLOT_START = 1_770_001_200


def _equal(*names: str) -> Callable[[Json], None]:
    def bend(body: Json) -> None:
        size = min(len(body[name]) for name in names)
        for name in names:
            body[name] = body[name][:size]

    return bend


def _forecast(*names: str) -> Callable[[Json], None]:
    equal = _equal("Time", *names)

    def bend(body: Json) -> None:
        equal(body)
        body["ForecastCreatedS"] = min([body.get("ForecastCreatedS", SLOT_START), *body["Time"][:1]])

    return bend


def _contract(body: Json) -> None:
    body["StartS"] -= body["StartS"] % 300
    if body["OilBoilerOn"]:
        body["AvgPowerWatts"] = min(0, body["AvgPowerWatts"])


def _heartbeat(body: Json) -> None:
    status = body["Status"]
    body["FromNode"] = (
        "s" if status in SCADA_ONLY or (status not in LTN_ONLY and body["MyDigit"] % 2) else "ltn"
    )
    if status in LTN_ONLY + SCADA_ONLY:
        body["IsAuthoritative"] = True
    if status in CLAIMS:
        body["IsAuthoritative"] = False
    caused = status.startswith("Terminated") or "Failure" in status or "Unknown" in status
    body["Cause"] = (body.get("Cause") or "because") if caused else None
    body["WattHoursUsed"] = (body.get("WattHoursUsed") or 0) if body["FromNode"] == "s" else None
    body["MyDigit"] %= 10
    if body.get("YourLastDigit") is not None:
        body["YourLastDigit"] %= 10
    if status == "Created":
        body["MessageCreatedMs"] = min(body["MessageCreatedMs"], 1000 * body["Contract"]["StartS"])


def _boss(body: Json) -> None:
    body["ToHandle"] = f"{body['FromHandle']}.{body['ToHandle'].split('.')[0]}"


def _node(body: Json) -> None:
    if body.get("InPowerMetering") and body.get("NameplatePowerW") is None:
        body["NameplatePowerW"] = 1
    body.pop("TankTempCalibrationMap", None)


def _channel(body: Json) -> None:
    if body.get("InPowerMetering"):
        body["TelemetryName"] = "PowerW"


def _tank(body: Json) -> None:
    if body.get("PicoHwUid") is not None:
        body["PicoAHwUid"] = body["PicoBHwUid"] = None
    else:
        body["PicoAHwUid"], body["PicoBHwUid"] = "pico_a", "pico_b"
    simple = body["TempCalcMethod"] == "SimpleBetaForPico"
    body["PicoKOhms"] = (body.get("PicoKOhms") or 30) if simple else None
    if body.get("SensorOrder") is not None:
        body["SensorOrder"] = [2, 3, 1]


def _flow(body: Json) -> None:
    if body.get("HwUid") is not None:
        body["HwUid"] = "pico_00ff0a"
    else:
        body.pop("HwUid", None)


def _calibrations(body: Json) -> None:
    some = next(iter(body["Tank"].values()), body["Buffer"])
    body["Tank"] = {str(i): some for i in range(1, max(1, min(6, len(body["Tank"]))) + 1)}


def _unique(rows: list[Json], stem: str) -> list[str]:
    for i, row in enumerate(rows):
        row["Name"] = f"{stem}{i}"
    return [row["Name"] for row in rows]


def _layout(body: Json) -> None:
    nodes = body["ShNodes"]
    if not nodes:
        body["DataChannels"], body["DerivedChannels"] = [], []
        body["CriticalZoneList"] = body["ZoneList"]
        return
    names = _unique(nodes, "node")
    nodes[0]["Handle"] = "auto"
    nodes[0]["ActorClass"] = "PrimaryScada"
    for node in nodes[1:]:
        node["Handle"] = None if node.get("Handle") is None else f"auto.{node['Name']}"
    for i, channel in enumerate(body["DataChannels"]):
        channel["AboutNodeName"] = names[i % len(names)]
        channel["CapturedByNodeName"] = names[0]
    for derived in body["DerivedChannels"]:
        derived["CreatedByNodeName"] = names[0]
    body["CriticalZoneList"] = body["ZoneList"][:1]


def _capabilities(body: Json) -> None:
    configs = body["I2cRelayComponent"]["ConfigList"]
    relays = [{"Name": f"relay{i}", "ActorClass": "Relay", "DisplayName": None} for i in range(len(configs))]
    for relay, config in zip(relays, configs, strict=True):
        config["ActorName"] = relay["Name"]
    outputs = [
        {**node, "Name": f"out{i}-010v", "ActorClass": "ZeroTenOutputer"}
        for i, node in enumerate(body["DacNodes"])
    ]
    body["RelayNodes"], body["DacNodes"] = relays, outputs
    body["ControlChannels"] = [
        {"Name": f"channel-{node['Name']}", "AboutNodeName": node["Name"]} for node in relays + outputs
    ]


def _market_ack(body: Json) -> None:
    body["MarketName"] = "e.rt60gate5.d1.isone.ver.keene"
    body["MarketType"], body["MarketMakerAlias"] = "rt60gate5", "d1.isone.ver.keene"
    body["StartUnixS"] = 1_770_001_200
    body["MarketSlotName"] = f"{body['MarketName']}.{body['StartUnixS']}"
    body["Signature"] = "algo_sig_" + body["Signature"]


def _instruction(body: Json) -> None:
    body["SlotStartS"] -= body["SlotStartS"] % 300
    body["SendTimeMs"] = 1000 * body["SlotStartS"]


def _btu(body: Json) -> None:
    body["ReadCtVoltage"] = body.get("CtChannelName") is not None


def _ticks(name: str) -> Callable[[Json], None]:
    def bend(body: Json) -> None:
        body["FirstTickTimestampNanoSecond"] = 7 if body[name] else None

    return bend


def _report(body: Json) -> None:
    body["ChannelReadingList"] = [r for r in body["ChannelReadingList"] if r["ValueList"]]
    body["StateList"] = [s for s in body["StateList"] if s["StateList"]]


def _report_event(body: Json) -> None:
    body["MessageId"], body["TimeCreatedMs"] = body["Report"]["Id"], body["Report"]["MessageCreatedMs"]


def _named(body: Json) -> None:
    """An id and a sender that are empty cannot be acked or trusted; we refuse them, the oracles do not."""
    for key in ("MessageId", "AckMessageID", "Src"):
        if key in body:
            body[key] = body[key] or "someone"


def _flatlined(body: Json) -> None:
    body["FromName"] = body["Channel"]["CapturedByNodeName"]


def _pico_ab(body: Json) -> None:
    if body.get("PicoAB") is not None:
        body["PicoAB"] = "a"


def _adjustment(body: Json) -> None:
    body["HpKeepPercent"] = 100 if body["HpKeepPercent"] % 2 else 0


AXIOMS: dict[str, Callable[[Json], None]] = {
    "slow.dispatch.contract": _contract,
    "slow.contract.heartbeat": _heartbeat,
    "synced.readings": _equal("ChannelNameList", "ValueList"),
    "channel.readings": _equal("ValueList", "ScadaReadTimeUnixMsList"),
    "machine.states": _equal("StateList", "UnixMsList"),
    "multichannel.snapshot": _equal("ChannelNameList", "MeasurementList", "UnitList"),
    "heating.forecast": _forecast("AvgPowerKw", "RswtF", "RswtDeltaTF"),
    "weather.forecast": _forecast("OatF", "WindSpeedMph"),
    "fsm.event": _boss,
    "analog.dispatch": _boss,
    "set.target.lwt": _boss,
    "spaceheat.node.gt": _node,
    "data.channel.gt": _channel,
    "pico.tank.module.component.gt": _tank,
    "sim.pico.tank.module.component.gt": _tank,
    "pico.flow.module.component.gt": _flow,
    "gw1.tank.temp.calibration.map": _calibrations,
    "layout.lite": _layout,
    "scada.control.capabilities": _capabilities,
    "market.maker.ack": _market_ack,
    "energy.instruction": _instruction,
    "async.btu.params": _btu,
    "ticklist.hall": _ticks("RelativeMicrosecondList"),
    "ticklist.reed": _ticks("RelativeMillisecondList"),
    "report": _report,
    "report.event": _report_event,
    "channel.flatlined": _flatlined,
    "tank.module.params": _pico_ab,
    "sieg.loop.endpoint.valve.adjustment": _adjustment,
}


def keep_axioms(body: Any) -> Any:
    """`body` bent in place, from the inside out."""
    if isinstance(body, list):
        for item in body:
            keep_axioms(item)
    elif isinstance(body, dict):
        for item in body.values():
            keep_axioms(item)
        name = body.get("TypeName", "")
        if name.startswith("gridworks.") or name.endswith(".event"):
            _named(body)
        bend = AXIOMS.get(name)
        if bend is not None:
            bend(body)
    return body
