"""From the wire to the image: who may say what on which link, and what it means for the house."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from layouts.model import House, Relay
from proto.asides import DECLINED
from proto.params import house_params
from proto.understood import (
    CAPABILITIES,
    LAYOUT,
    SNAPSHOT,
    Aside,
    Ask,
    Command,
    PassOn,
    SecondPower,
    SecondReadings,
    Understood,
)
from proto.wire import Ack, Event, Incoming, Malformed, Message, Ping, ProactorDbg
from proto.wire import commands as c
from proto.wire import readings as r
from proto.wire.contracts import SlowContractHeartbeat
from proto.words import ADMIN, ADMIN_NAME, LOCAL, LTN_NODE, SCADA_NODE, SECOND_NODE, UPSTREAM
from states.image import (
    Contract,
    HeardAdmin,
    HeardAnalog,
    HeardHeartbeat,
    HeardParams,
    HeardRelease,
    Heartbeat,
    HouseParams,
)

HP_BOSS = "hp-boss"
HP_RELAY = "hp-scada-ops"
HP_EVENTS = {"TurnOn": "CloseRelay", "TurnOff": "OpenRelay"}
HP_EVENT_TYPE = "turn.hp.on.off"
MAX_TRIGGERS = 256
"""Command ids remembered, so that a command that comes twice counts once."""
MAX_LEASE_S = 86_400


class _From(Struct, frozen=True, gc=False):
    """The link a message came on; `params` are those in force."""

    link: str
    params: HouseParams


class _Peer(Struct, frozen=True):
    """Who speaks on a link: topic source and destination, and the senders a header may name."""

    src: str
    dst: str
    senders: frozenset[str]


class Inbound:
    """Understands the messages of every link. Whatever is not in the table below is refused."""

    def __init__(self, house: House) -> None:
        """Peers and words are those of `house`."""
        self._house = house
        second = f"{house.scada.alias}.{SECOND_NODE}"
        self._seconds_channels = frozenset(
            channel.name for channel in house.channels if channel.captured_by in house.second_nodes
        )
        self._peers = {
            UPSTREAM: _Peer(house.ltn.alias, SCADA_NODE, frozenset({house.ltn.alias})),
            ADMIN: _Peer(ADMIN_NAME, house.scada.alias, frozenset({ADMIN_NAME})),
            LOCAL: _Peer(second, SCADA_NODE, house.second_nodes | {second, SECOND_NODE}),
        }
        self._alias = {UPSTREAM: house.ltn.alias, ADMIN: ADMIN_NAME}
        self._triggers: deque[str] = deque(maxlen=MAX_TRIGGERS)
        self._outputs = frozenset(z.node for z in house.zero_tens)
        ask = self._ask
        self._table: dict[tuple[str, type[Message]], Callable[[_From, Any], Understood]] = {
            (UPSTREAM, c.SendSnap): ask,
            (UPSTREAM, c.SendLayout): ask,
            (UPSTREAM, c.SendControlCapabilities): ask,
            (UPSTREAM, SlowContractHeartbeat): self._heartbeat,
            (UPSTREAM, c.ScadaParams): self._params,
            (UPSTREAM, c.AnalogDispatch): self._analog,
            (UPSTREAM, ProactorDbg): self._aside,
            (UPSTREAM, r.Glitch): self._aside,
            (ADMIN, c.SendSnap): ask,
            (ADMIN, c.SendLayout): ask,
            (ADMIN, c.SendControlCapabilities): ask,
            (ADMIN, c.AdminDispatch): self._admin_relay,
            (ADMIN, c.AdminAnalogDispatch): self._admin_output,
            (ADMIN, c.AdminKeepAlive): self._admin_alive,
            (ADMIN, c.AdminReleaseControl): self._admin_release,
            (LOCAL, r.SyncedReadings): self._second_readings,
            (LOCAL, r.PowerWatts): self._second_power,
            (LOCAL, r.Glitch): self._pass_on,
        }
        self._table.update(((UPSTREAM, kind), self._aside) for kind in DECLINED)

    def admit(self, link: str, incoming: Incoming) -> None:
        """Raise `Malformed` unless topic and header are those of the link's peer."""
        peer = self._peers.get(link)
        if peer is None:
            raise Malformed("link", f"There is no link called {link}")
        where = incoming.topic
        if (where.src, where.dst) != (peer.src, peer.dst):
            raise Malformed("stranger", f"{where.src} speaks to {where.dst} on the {link} link")
        if incoming.src not in peer.senders:
            raise Malformed("stranger", f"{incoming.src} is no sender of the {link} link")

    def understand(self, link: str, incoming: Incoming, params: HouseParams) -> Understood | None:
        """What an admitted message means; None for pings and acks; raises `Malformed`.

        `params` are those in force: a parameter that is only repeated keeps its decimals.
        """
        payload = incoming.payload
        if isinstance(payload, (Ping, Ack)):
            return None
        if link == LOCAL and isinstance(payload, Event):
            return PassOn(payload)
        reader = self._table.get((link, type(payload)))
        if reader is None:
            known = payload.type_name if not isinstance(payload, Event) else "an event"
            raise Malformed(f"unexpected {known}", f"{known} is not for us on the {link} link")
        alias = getattr(payload, "from_g_node_alias", None)
        if link in self._alias and isinstance(alias, str) and alias != self._alias[link]:
            raise Malformed("stranger", f"{payload.type_name} names {alias} as its sender")
        return reader(_From(link, params), payload)

    def actuator_of(self, payload: Message) -> str:
        """The actuator that a person's command is about, obeyed or not; empty: none of ours."""
        if isinstance(payload, c.AdminDispatch):
            node = payload.dispatch_trigger.to_handle.rpartition(".")[2]
            relay = self._relay(node)
            return relay.node if relay else ""
        if isinstance(payload, c.AdminAnalogDispatch) and payload.dispatch.about_name in self._outputs:
            return payload.dispatch.about_name
        return ""

    # ------------------------------------------------------------------------------------ questions

    def _ask(self, came: _From, payload: Message) -> Ask:
        what = {c.SendSnap: SNAPSHOT, c.SendLayout: LAYOUT, c.SendControlCapabilities: CAPABILITIES}
        return Ask(came.link, what[type(payload)])

    def _aside(self, came: _From, payload: Message) -> Aside:
        return Aside(payload)

    # ----------------------------------------------------------------------------------- from the ATN

    def _heartbeat(self, came: _From, payload: SlowContractHeartbeat) -> Command:
        said = payload.contract
        if payload.from_node != LTN_NODE:
            raise Malformed("stranger", f"A heartbeat from node {payload.from_node} is none of the ATN's")
        contract = Contract(
            said.scada_alias,
            said.start_s,
            said.duration_minutes,
            said.avg_power_watts,
            said.oil_boiler_on,
            said.contract_id,
        )
        beat = Heartbeat(
            from_node=payload.from_node,
            contract=contract,
            status=payload.status,
            previous_status=payload.previous_status,
            created_ms=payload.message_created_ms,
            cause=payload.cause,
            authoritative=payload.is_authoritative,
            watt_hours_used=payload.watt_hours_used,
            my_digit=payload.my_digit,
            your_last_digit=payload.your_last_digit,
        )
        return Command(HeardHeartbeat(came.link, self._house.ltn.alias, beat))

    def _params(self, came: _From, payload: c.ScadaParams) -> Command:
        if payload.new_params is None:
            raise Malformed("no-params", "scada.params proposes nothing")
        wished = house_params(payload.new_params, came.params)
        return Command(HeardParams(came.link, payload.from_g_node_alias, payload.message_id, wished))

    def _analog(self, came: _From, payload: c.AnalogDispatch) -> Command:
        if payload.from_g_node_alias is None:
            raise Malformed("stranger", "analog.dispatch names no sender")
        node, value = self._output(payload)
        heard = HeardAnalog(came.link, payload.from_g_node_alias, node, value, payload.from_handle)
        return Command(heard, node, payload.trigger_id)

    def _output(self, dispatch: c.AnalogDispatch) -> tuple[str, int]:
        """The 0-10 V output a dispatch is for, and its value."""
        node = dispatch.about_name
        if node not in self._outputs or dispatch.to_handle.rpartition(".")[2] != node:
            raise Malformed("no-actuator", f"There is no 0-10 V output {node} under {dispatch.to_handle}")
        if not 0 <= dispatch.value <= 100:
            raise Malformed("value", f"{dispatch.value} is not between 0 and 100 tenths of a volt")
        self._once(dispatch.trigger_id)
        return node, dispatch.value

    def _once(self, trigger_id: str) -> None:
        if trigger_id in self._triggers:
            raise Malformed("replay", f"Command {trigger_id} has been carried out before")
        self._triggers.append(trigger_id)

    # ------------------------------------------------------------------------------ from an admin program

    def _relay(self, node: str) -> Relay | None:
        """The relay of a node; the heat pump's boss has one too, with a sieg loop and without."""
        house = self._house
        return house.relay_by_key.get(HP_RELAY) if node == HP_BOSS else house.relay_by_node.get(node)

    def _admin_relay(self, came: _From, payload: c.AdminDispatch) -> Command:
        event = payload.dispatch_trigger
        boss, _, node = event.to_handle.rpartition(".")
        if boss != ADMIN_NAME:
            raise Malformed("bad-boss", f"{event.to_handle} does not answer to admin")
        relay = self._relay(node)
        if relay is None:
            raise Malformed("no-actuator", f"There is no relay {node}")
        event_type, name = event.event_type, event.event_name
        if node == HP_BOSS:
            name = HP_EVENTS.get(name, "") if event_type == HP_EVENT_TYPE else ""
            event_type = relay.kind.event_type
        coils = {relay.kind.rest_event: 0, relay.kind.active_event: 1}
        if event_type != relay.kind.event_type or name not in coils:
            raise Malformed("wrong-event", f"{node} knows no {event.event_type} {event.event_name}")
        lease_s = _lease(payload.timeout_seconds)
        self._once(event.trigger_id)
        heard = HeardAdmin(came.link, ADMIN_NAME, relay.node, coils[name], lease_s)
        return Command(heard, relay.node, event.trigger_id)

    def _admin_output(self, came: _From, payload: c.AdminAnalogDispatch) -> Command:
        dispatch = payload.dispatch
        if dispatch.to_handle != f"{ADMIN_NAME}.{dispatch.about_name}":
            raise Malformed("bad-boss", f"{dispatch.to_handle} does not answer to admin")
        lease_s = _lease(payload.timeout_seconds)
        node, value = self._output(dispatch)
        return Command(HeardAdmin(came.link, ADMIN_NAME, node, value, lease_s), node, dispatch.trigger_id)

    def _admin_alive(self, came: _From, payload: c.AdminKeepAlive) -> Command:
        seconds = payload.admin_timeout_seconds
        lease_s = None if seconds is None else _lease(seconds)
        return Command(HeardAdmin(came.link, ADMIN_NAME, None, 0, lease_s))

    def _admin_release(self, came: _From, payload: c.AdminReleaseControl) -> Command:
        return Command(HeardRelease(came.link, ADMIN_NAME))

    # ----------------------------------------------------------------------- from the second computer

    def _second_readings(self, came: _From, payload: r.SyncedReadings) -> SecondReadings:
        pairs = tuple(zip(payload.channel_name_list, payload.value_list, strict=True))
        known = tuple(pair for pair in pairs if pair[0] in self._seconds_channels)
        unknown = tuple(name for name, _ in pairs if name not in self._seconds_channels)
        if not known:
            raise Malformed("no-channel", f"The second computer measures none of {', '.join(unknown)[:200]}")
        return SecondReadings(known, payload.scada_read_time_unix_ms, unknown)

    def _second_power(self, came: _From, payload: r.PowerWatts) -> SecondPower:
        return SecondPower(payload.watts)

    def _pass_on(self, came: _From, payload: r.Glitch) -> PassOn:
        return PassOn(payload)


def _lease(seconds: int) -> int:
    """Seconds a person wants to hold the house, at most a day."""
    if seconds < 1:
        raise Malformed("lease", f"{seconds} s is no time to hold the house")
    return min(seconds, MAX_LEASE_S)
