"""From the wire to the image: who may say what on which link, and what it means for the house."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from layouts.model import House
from proto.params import house_params
from proto.wire import Ack, Event, Incoming, Malformed, Message, Ping
from proto.wire import commands as c
from proto.wire import readings as r
from proto.wire.contracts import SlowContractHeartbeat
from proto.words import ADMIN, ADMIN_NAME, LOCAL, LTN_NODE, SCADA_NODE, SECOND_NODE, UPSTREAM
from states.image import (
    Contract,
    Heard,
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

SNAPSHOT, LAYOUT, CAPABILITIES = "snapshot", "layout", "capabilities"


class Ask(Struct, frozen=True):
    """Somebody wants to be told: `what` is snapshot, layout or capabilities."""

    link: str
    what: str


class SecondReadings(Struct, frozen=True):
    """Readings of the second SCADA: (channel, wire integer), all read at `wall_ms`."""

    samples: tuple[tuple[str, int], ...]
    wall_ms: int


class SecondPower(Struct, frozen=True):
    """Metered power as the second SCADA has it, W."""

    watts: int


class PassOn(Struct, frozen=True):
    """An event or glitch of the second SCADA that goes to the ATN as it came."""

    payload: Message


class Command(Struct, frozen=True):
    """What was heard, and the actuator and id of the command if it was one."""

    heard: Heard
    actuator: str = ""
    trigger_id: str = ""


Understood = Command | Ask | SecondReadings | SecondPower | PassOn


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
        nodes = frozenset(node.name for node in house.nodes)
        self._peers = {
            UPSTREAM: _Peer(house.ltn.alias, SCADA_NODE, frozenset({house.ltn.alias})),
            ADMIN: _Peer(ADMIN_NAME, house.scada.alias, frozenset({ADMIN_NAME})),
            LOCAL: _Peer(second, SCADA_NODE, nodes | {second}),
        }
        self._alias = {UPSTREAM: house.ltn.alias, ADMIN: ADMIN_NAME}
        self._triggers: deque[str] = deque(maxlen=MAX_TRIGGERS)
        self._outputs = frozenset(z.node for z in house.zero_tens)
        ask = self._ask
        self._table: dict[tuple[str, type[Message]], Callable[[str, Any, HouseParams], Understood]] = {
            (UPSTREAM, c.SendSnap): ask,
            (UPSTREAM, c.SendLayout): ask,
            (UPSTREAM, c.SendControlCapabilities): ask,
            (UPSTREAM, SlowContractHeartbeat): self._heartbeat,
            (UPSTREAM, c.ScadaParams): self._params,
            (UPSTREAM, c.AnalogDispatch): self._analog,
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
        return reader(link, payload, params)

    # ------------------------------------------------------------------------------------ questions

    def _ask(self, link: str, payload: Message, params: HouseParams) -> Ask:
        what = {c.SendSnap: SNAPSHOT, c.SendLayout: LAYOUT, c.SendControlCapabilities: CAPABILITIES}
        return Ask(link, what[type(payload)])

    # ----------------------------------------------------------------------------------- from the ATN

    def _heartbeat(self, link: str, payload: SlowContractHeartbeat, params: HouseParams) -> Command:
        said = payload.contract
        if payload.from_node != LTN_NODE:
            raise Malformed("stranger", f"A heartbeat from node {payload.from_node} is none of the ATN's")
        if said.scada_alias != self._house.scada.alias:
            raise Malformed("foreign-contract", f"The contract is for {said.scada_alias}")
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
        return Command(HeardHeartbeat(link, self._house.ltn.alias, beat))

    def _params(self, link: str, payload: c.ScadaParams, params: HouseParams) -> Command:
        if payload.new_params is None:
            raise Malformed("no-params", "scada.params proposes nothing")
        wished = house_params(payload.new_params, params)
        return Command(HeardParams(link, payload.from_g_node_alias, payload.message_id, wished))

    def _analog(self, link: str, payload: c.AnalogDispatch, params: HouseParams) -> Command:
        if payload.from_g_node_alias is None:
            raise Malformed("stranger", "analog.dispatch names no sender")
        node, value = self._output(payload)
        heard = HeardAnalog(link, payload.from_g_node_alias, node, value, payload.from_handle)
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

    def _admin_relay(self, link: str, payload: c.AdminDispatch, params: HouseParams) -> Command:
        event = payload.dispatch_trigger
        boss, _, node = event.to_handle.rpartition(".")
        if boss != ADMIN_NAME:
            raise Malformed("bad-boss", f"{event.to_handle} does not answer to admin")
        event_type, name = event.event_type, event.event_name
        if node == HP_BOSS:
            relay = self._house.relay_by_key.get(HP_RELAY)
            if event_type == HP_EVENT_TYPE and relay is not None:
                event_type, name = relay.kind.event_type, HP_EVENTS.get(name, name)
        else:
            relay = self._house.relay_by_node.get(node)
        if relay is None:
            raise Malformed("no-actuator", f"There is no relay {node}")
        coils = {relay.kind.rest_event: 0, relay.kind.active_event: 1}
        if event_type != relay.kind.event_type or name not in coils:
            raise Malformed("wrong-event", f"{relay.node} knows no {event.event_type} {event.event_name}")
        lease_s = _lease(payload.timeout_seconds)
        self._once(event.trigger_id)
        heard = HeardAdmin(link, ADMIN_NAME, relay.node, coils[name], lease_s)
        return Command(heard, relay.node, event.trigger_id)

    def _admin_output(self, link: str, payload: c.AdminAnalogDispatch, params: HouseParams) -> Command:
        dispatch = payload.dispatch
        if dispatch.to_handle != f"{ADMIN_NAME}.{dispatch.about_name}":
            raise Malformed("bad-boss", f"{dispatch.to_handle} does not answer to admin")
        lease_s = _lease(payload.timeout_seconds)
        node, value = self._output(dispatch)
        return Command(HeardAdmin(link, ADMIN_NAME, node, value, lease_s), node, dispatch.trigger_id)

    def _admin_alive(self, link: str, payload: c.AdminKeepAlive, params: HouseParams) -> Command:
        seconds = payload.admin_timeout_seconds
        return Command(HeardAdmin(link, ADMIN_NAME, None, 0, None if seconds is None else _lease(seconds)))

    def _admin_release(self, link: str, payload: c.AdminReleaseControl, params: HouseParams) -> Command:
        return Command(HeardRelease(link, ADMIN_NAME))

    # ------------------------------------------------------------------------- from the second SCADA

    def _second_readings(self, link: str, payload: r.SyncedReadings, params: HouseParams) -> SecondReadings:
        samples = tuple(zip(payload.channel_name_list, payload.value_list, strict=True))
        for channel, _ in samples:
            if channel not in self._house.channel_by_name:
                raise Malformed("no-channel", f"There is no channel {channel}")
        return SecondReadings(samples, payload.scada_read_time_unix_ms)

    def _second_power(self, link: str, payload: r.PowerWatts, params: HouseParams) -> SecondPower:
        return SecondPower(payload.watts)

    def _pass_on(self, link: str, payload: Message, params: HouseParams) -> PassOn:
        return PassOn(payload)


def _lease(seconds: int) -> int:
    """Seconds a person wants to hold the house, at most a day."""
    if seconds < 1:
        raise Malformed("lease", f"{seconds} s is no time to hold the house")
    return min(seconds, MAX_LEASE_S)
