"""The typed model of one installation: what exists, what it is called on the wire, where it is wired.

Everything is frozen. Names follow GridWorks: node and channel names are `SpaceheatName`s, g-node aliases
are `LeftRightDot`s. All figures carry their unit in the name.
"""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from layouts.catalogue import RelayKind
from layouts.devices import (
    BtuMeter,
    Calibration,
    FlowModule,
    Hub,
    MeterRegister,
    PipeBoard,
    PowerMeter,
    Probe,
    Tank,
    Thermistor,
)

__all__ = [
    "BtuMeter",
    "Calibration",
    "Channel",
    "DerivedChannel",
    "FlowModule",
    "GNode",
    "House",
    "Hub",
    "MeterRegister",
    "Node",
    "PipeBoard",
    "PowerMeter",
    "Probe",
    "Relay",
    "Tank",
    "Thermistor",
    "ZeroTen",
    "Zone",
]


class GNode(Struct, frozen=True):
    """An identity on the grid: alias (LeftRightDot), UUID4, display name."""

    alias: str
    id: str
    display: str


class Node(Struct, frozen=True, kw_only=True):
    """A `spaceheat.node.gt`: anything that is commanded, measured or that acts."""

    name: str
    id: str
    actor_class: str = "NoActor"
    handle: str | None = None
    hierarchy: str | None = None
    display: str | None = None
    component_id: str | None = None
    nameplate_w: int | None = None
    in_power_metering: bool | None = None


class Channel(Struct, frozen=True, kw_only=True):
    """A `data.channel.gt` with its capture rule and its staleness limit."""

    name: str
    id: str
    about: str
    captured_by: str
    telemetry: str
    display: str
    unit: str
    """Physical unit, see `layouts.catalogue.PHYSICAL`."""
    scale: float
    """Physical value = wire integer x scale."""
    capture_period_s: int
    async_delta: int | None
    """Report at once when the wire integer moves by at least this; None: only by period."""
    poll_period_ms: int | None
    sample_period_ms: int
    """How often the device really delivers; staleness is judged by it."""
    stale_ms: int
    """Older than this is absent (decisions.md 8)."""
    in_power_metering: bool = False


class DerivedChannel(Struct, frozen=True, kw_only=True):
    """A `derived.channel.gt`: computed from others, sampled once a minute."""

    name: str
    id: str
    created_by: str
    strategy: str
    gw_unit: str
    unit: str
    scale: float
    display: str
    stale_ms: int = 150_000
    capture_period_s: int = 60


class Relay(Struct, frozen=True, kw_only=True):
    """One relay: `key` as in the layout file, `node` relayN, `channel` <key>-relayN, `index` 1 to 32."""

    key: str
    index: int
    node: str
    channel: str
    kind: RelayKind
    display: str
    zone: str | None = None


class ZeroTen(Struct, frozen=True, kw_only=True):
    """One 0-10 V output; node and channel share the name. `default` is volts x 10, 0 to 100."""

    node: str
    output_idx: int
    default: int
    display: str


class Zone(Struct, frozen=True, kw_only=True):
    """One heated zone. `node` is zone<index>-<name>; its channels are <node>-temp, -set, -state."""

    name: str
    index: int
    node: str
    critical: bool
    kwh_per_deg_f: float
    hub_device_id: int
    """Device number of its thermostat on the hub."""
    failsafe_relay: str
    ops_relay: str
    whitewire_channel: str | None = None


class House(Struct, frozen=True, kw_only=True, dict=True):
    """One installation, whole and checked."""

    name: str
    display: str
    file: str
    manifold: str
    """`House0` or `House0Sieg` (FlowManifoldVariant)."""
    use_sieg_loop: bool
    boiler: bool
    """False: relay 8's resting contact is jumpered to the heat pump (decisions.md 3)."""
    scada: GNode
    ltn: GNode
    terminal_asset: GNode
    zones: tuple[Zone, ...]
    tanks: tuple[Tank, ...]
    """The buffer first, then tank1 .. tankN from hot to cold."""
    relays: tuple[Relay, ...]
    zero_tens: tuple[ZeroTen, ...]
    flows: tuple[FlowModule, ...]
    pipes: PipeBoard
    meter: PowerMeter
    hub: Hub
    relay_boards: tuple[int, ...]
    """I2C addresses of the PCF8575 boards: relays 1 to 16, then 17 to 32."""
    dac_boards: tuple[int, ...]
    """I2C addresses of the GP8403 boards: outputs 1, 2, then 3, 4."""
    nodes: tuple[Node, ...]
    channels: tuple[Channel, ...]
    derived: tuple[DerivedChannel, ...]
    relay_component_id: str
    dac_component_id: str
    btus: tuple[BtuMeter, ...] = ()
    """Heat meters; each stands for a flow module and two pipe thermistors."""
    probes: tuple[Probe, ...] = ()
    """1-wire temperature probes."""

    @cached_property
    def channel_by_name(self) -> dict[str, Channel]:
        """Raw channels by name."""
        return {c.name: c for c in self.channels}

    @cached_property
    def derived_by_name(self) -> dict[str, DerivedChannel]:
        """Derived channels by name."""
        return {c.name: c for c in self.derived}

    @cached_property
    def node_by_name(self) -> dict[str, Node]:
        """Nodes by name."""
        return {n.name: n for n in self.nodes}

    @cached_property
    def relay_by_node(self) -> dict[str, Relay]:
        """Relays by node name (relay6)."""
        return {r.node: r for r in self.relays}

    @cached_property
    def relay_by_key(self) -> dict[str, Relay]:
        """Relays by layout key (hp-scada-ops)."""
        return {r.key: r for r in self.relays}

    @cached_property
    def pipe_channels(self) -> tuple[str, ...]:
        """Every temperature but those of tanks and rooms: thermistors, heat meters, probes; `oat` is one."""
        of_btus = tuple(channel for btu in self.btus for channel in (btu.hot, btu.cold))
        of_probes = tuple(probe.channel for probe in self.probes)
        return (*(t.channel for t in self.pipes.thermistors), *of_btus, *of_probes)

    @cached_property
    def flow_channels(self) -> tuple[str, ...]:
        """Every flow, gpm: of flow modules and heat meters."""
        return (*(flow.node for flow in self.flows), *(btu.flow for btu in self.btus))

    @cached_property
    def second_nodes(self) -> frozenset[str]:
        """Names of the nodes that the second computer runs; empty where there is none."""
        return frozenset(n.name for n in self.nodes if (n.hierarchy or "").startswith("s2."))

    @cached_property
    def actuators(self) -> tuple[str, ...]:
        """Node names of everything commanded: relays by index, then 0-10 V outputs."""
        return tuple(r.node for r in self.relays) + tuple(z.node for z in self.zero_tens)

    @property
    def store_tanks(self) -> tuple[Tank, ...]:
        """The store tanks, hot to cold."""
        return self.tanks[1:]
