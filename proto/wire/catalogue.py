"""Every message of the wire: its type, who says it to whom, when, and what comes back.

The table prints itself into docs/messages.md, and `KNOWN` finds a type by its TypeName.
"""

from __future__ import annotations

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from proto.wire import commands as c
from proto.wire import components as d
from proto.wire import contracts as k
from proto.wire import events as e
from proto.wire import layout as y
from proto.wire import market as m
from proto.wire import pico as p
from proto.wire import readings as r
from proto.wire.formats import Message

UP = "SCADA → ATN"
DOWN = "ATN → SCADA"
BOTH = "both ways"
TO_ADMIN = "SCADA → admin"
FROM_ADMIN = "admin → SCADA"
ASKED = "ATN or admin → SCADA"
SECOND = "second SCADA → SCADA"
AIR = "ATN → everybody"
INSIDE = "inside a SCADA"
HTTP = "sensor module, HTTP"
PART = "part of others"

ACKED = "`gridworks.ack`"
NONE = "–"
DROPPED = "counted and dropped"
DECLINED = "not obeyed; a `glitch` says why, once an hour"


class Row(Struct, frozen=True):
    """One line of the catalogue."""

    kind: type[Message]
    way: str
    when: str
    answer: str = NONE


ROWS: tuple[Row, ...] = (
    # --- the link
    Row(e.Ping, BOTH, "after every subscription, and when a link was silent for 60 s", ACKED),
    Row(e.Ack, BOTH, "for every message that asks for it, after it has been handled"),
    Row(e.StartupEvent, UP, "at start", ACKED),
    Row(e.ShutdownEvent, UP, "at an orderly stop", ACKED),
    Row(e.ProblemEvent, UP, "once per cause of trouble", ACKED),
    Row(e.MQTTConnectEvent, UP, "a broker accepted us", ACKED),
    Row(e.MQTTConnectFailedEvent, UP, "a broker refused us", ACKED),
    Row(e.MQTTDisconnectEvent, UP, "a broker connection is gone", ACKED),
    Row(e.MQTTFullySubscribedEvent, UP, "all subscriptions are granted", ACKED),
    Row(e.ResponseTimeoutEvent, UP, "a peer did not ack in time", ACKED),
    Row(e.PeerActiveEvent, UP, "a peer is there", ACKED),
    Row(e.ProactorDbg, DOWN, "remote debugging", "`gridworks.event.proactor.dbg`, once in 10 s"),
    Row(e.ProactorDbgEvent, UP, "our subscriptions; log levels stay the house's own", ACKED),
    # --- what the house measures
    Row(r.PowerWatts, f"{UP}; {SECOND}", "first reading, then when power moves by 2 % of the nameplates"),
    Row(r.ReportEvent, UP, "every 300 s on the clock", ACKED),
    Row(r.Report, PART, "in `report.event`"),
    Row(r.ChannelReadings, PART, "in `report`"),
    Row(r.MachineStates, PART, "in `report`"),
    Row(r.FsmFullReport, f"{UP}; {TO_ADMIN}", "in `report`; to an admin after an actuation of his"),
    Row(r.FsmAtomicReport, PART, "in `fsm.full.report`"),
    Row(r.SnapshotSpaceheat, f"{UP}; {TO_ADMIN}", "every 30 s on the clock, and when asked"),
    Row(r.SingleReading, f"{PART}; {TO_ADMIN}", "in a snapshot; to an admin at every relay or 0-10 V change"),
    Row(r.SingleMachineState, PART, "in a snapshot"),
    Row(r.Glitch, f"{BOTH}; {SECOND}", "something odd, for a person to read"),
    Row(m.HeatingForecast, UP, "hourly, and when the parameters change"),
    Row(m.WeatherForecast, UP, "with `heating.forecast`"),
    Row(p.TicklistHallReport, UP, "a hall module with `send_tick_lists` has posted; not stored"),
    Row(p.TicklistReedReport, UP, "a reed module with `send_tick_lists` has posted; not stored"),
    Row(c.SiegTargetTooLow, UP, "never by us: our sieg loop has no target"),
    # --- layout, parameters, command tree
    Row(y.LayoutLite, f"{UP}; {TO_ADMIN}", "when the ATN becomes active, and when asked"),
    Row(c.NewCommandTree, UP, "the command tree changed"),
    Row(c.ScadaParams, f"{DOWN}; {UP}", "the ATN proposes parameters", "`scada.params` with old and new"),
    Row(y.Ha1Params, PART, "in `layout.lite` and `scada.params`"),
    Row(y.SpaceheatNodeGt, PART, "in `layout.lite` and `new.command.tree`"),
    Row(y.DataChannelGt, PART, "in `layout.lite`"),
    Row(y.DerivedChannelGt, PART, "in `layout.lite`"),
    Row(d.ChannelConfig, PART, "in components"),
    Row(d.RelayActorConfig, PART, "in the relay component"),
    Row(d.I2cRelayComponentGt, PART, "in `layout.lite` and the capabilities"),
    Row(d.PicoTankModuleComponentGt, PART, "in `layout.lite`"),
    Row(d.SimPicoTankModuleComponentGt, PART, "in `layout.lite` of other SCADAs"),
    Row(d.PicoFlowModuleComponentGt, PART, "in `layout.lite`"),
    Row(d.TankTempCalibration, PART, "in the calibration map"),
    Row(d.TankTempCalibrationMap, PART, "in `layout.lite`"),
    # --- contracts
    Row(k.SlowContractHeartbeat, BOTH, "offer, receipt, every 60 s while live, end", "a heartbeat"),
    Row(k.SlowDispatchContract, PART, "in `slow.contract.heartbeat`"),
    Row(k.NoNewContractWarning, UP, "2 min after an end without a successor"),
    # --- requests and commands
    Row(c.SendLayout, ASKED, "wants the layout", "`layout.lite`"),
    Row(c.SendSnap, ASKED, "wants a snapshot", "`snapshot.spaceheat`"),
    Row(c.SendControlCapabilities, ASKED, "what may it command?", "`scada.control.capabilities`"),
    Row(y.ScadaControlCapabilities, TO_ADMIN, "when asked"),
    Row(c.AnalogDispatch, DOWN, "sets a 0-10 V output"),
    Row(c.AdminDispatch, FROM_ADMIN, "moves a relay", "`single.reading`, `fsm.full.report`"),
    Row(c.AdminAnalogDispatch, FROM_ADMIN, "sets a 0-10 V output", "`single.reading`"),
    Row(c.AdminKeepAlive, FROM_ADMIN, "keeps holding the house"),
    Row(c.AdminReleaseControl, FROM_ADMIN, "lets go"),
    Row(c.ResetHpKeepValue, DOWN, "sieg loop", DECLINED),
    Row(c.SetLwtControlParams, DOWN, "sieg loop", DECLINED),
    Row(c.SetTargetLwt, DOWN, "sieg loop", DECLINED),
    Row(c.SiegLoopEndpointValveAdjustment, DOWN, "sieg loop", DECLINED),
    # --- inside a SCADA
    Row(r.SyncedReadings, f"{INSIDE}; {SECOND}", "readings of one device"),
    Row(c.FsmEvent, f"{INSIDE}; {PART}", "in `admin.dispatch`", DROPPED),
    Row(c.ActuatorsReady, INSIDE, "the boards answer", DROPPED),
    Row(c.SuitUp, INSIDE, "the ATN's agent takes over", DROPPED),
    Row(c.AllyGivesUp, INSIDE, "the ATN's agent cannot go on", DROPPED),
    Row(c.GoDormant, INSIDE, "stop commanding", DROPPED),
    Row(c.WakeUp, INSIDE, "command again", DROPPED),
    Row(c.ChannelFlatlined, INSIDE, "a channel is no longer captured", DROPPED),
    Row(c.PicoMissing, INSIDE, "a sensor module is silent", DROPPED),
    # --- on the air, not for us
    Row(m.Bid, AIR, "every hour", DROPPED),
    Row(m.BidRecommendation, AIR, "from an optimizer", DROPPED),
    Row(m.PriceQuantityUnitless, PART, "in a bid"),
    Row(m.FloParamsHouse0, AIR, "every hour", DROPPED),
    Row(m.FloParams, AIR, "the base of the former", DROPPED),
    Row(m.FloNextHourPlans, AIR, "every hour", DROPPED),
    Row(m.LatestPrice, DOWN, "inside an ATN", DROPPED),
    Row(m.MarketMakerAck, DOWN, "from a market maker", DROPPED),
    Row(m.EnergyInstruction, DOWN, "before there were contracts", DROPPED),
    Row(m.RemainingElec, BOTH, "defined, not used", DROPPED),
    Row(m.RemainingElecEvent, UP, "defined, not used", ACKED),
    Row(m.DispatchContractGoLive, DOWN, "defined, not used", DROPPED),
    Row(m.DispatchContractGoDormant, DOWN, "defined, not used", DROPPED),
    Row(m.HackOilOn, DOWN, "defined, not used", DROPPED),
    Row(m.HackOilOff, DOWN, "defined, not used", DROPPED),
    # --- sensor modules
    Row(p.TankModuleParams, HTTP, "POST /<tank>/tank-module-params", "the same with our values"),
    Row(p.MicroVolts, HTTP, "POST /<tank>/microvolts", "200, empty"),
    Row(p.FlowHallParams, HTTP, "POST /<flow>/flow-hall-params", "the same with our values"),
    Row(p.TicklistHall, HTTP, "POST /<flow>/ticklist-hall", "200, empty"),
    Row(p.FlowReedParams, HTTP, "POST /<flow>/flow-reed-params", "the same with our values"),
    Row(p.TicklistReed, HTTP, "POST /<flow>/ticklist-reed", "200, empty"),
    Row(p.AsyncBtuParams, HTTP, "POST /<btu>/async-btu-params", "the same with our values"),
    Row(p.MultichannelSnapshot, HTTP, "POST /<btu>/multichannel-snapshot", "200, empty"),
    Row(p.PicoCommsParams, HTTP, "POST /<btu>/pico-comms-params", "the same with our values"),
    Row(p.BaseurlFailureAlert, HTTP, "POST /<btu>/baseurl-failure-alert", "200, empty"),
    Row(p.NewCode, HTTP, "POST /<actor>/code-update", "404"),
)

KNOWN: dict[str, type[Message]] = {str(row.kind.__struct_config__.tag): row.kind for row in ROWS}
"""Message type by TypeName."""


def version_of(kind: type[Message]) -> str:
    """The Version we say; empty for types that have none."""
    for field in fields(kind):
        if field.encode_name == "Version" and field.default is not NODEFAULT:
            return str(field.default)
    return ""


def render_messages() -> str:
    """The catalogue as a Markdown page."""
    lines = [
        "# Messages",
        "",
        "Every message of the wire, as `proto/wire/catalogue.py` knows it. A message with another Version,",
        "an unknown contract status or a broken axiom is counted and dropped. Any TypeName that begins with",
        "`gridworks.event` and is not listed is taken as an event of its own kind and passed on.",
        "",
        "We write one plain form of everything and take what the peers take (`proto/wire/lenient.py`):",
        '3.0 and "3" for an integer that is not marked strict, a UUID in any case and spelling, an enum word',
        "we do not know for the default of its enum, a topic with more words behind the fifth.",
        "",
        "| message | version | who | when | answer |",
        "|---|---|---|---|---|",
    ]
    for name, row in zip(KNOWN, ROWS, strict=True):
        lines.append(f"| `{name}` | {version_of(row.kind) or NONE} | {row.way} | {row.when} | {row.answer} |")
    return "\n".join(lines) + "\n"
