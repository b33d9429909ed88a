"""The typed model of one installation: what exists, what it is called on the wire, where it is wired.

Everything is frozen. Names follow GridWorks: node and channel names are `SpaceheatName`s, g-node aliases
are `LeftRightDot`s. All figures carry their unit in the name.
"""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from layouts.catalogue import RelayKind


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


class Calibration(Struct, frozen=True):
    """Effective °F = m x device °F + b, one pair per depth (top first)."""

    m: tuple[float, float, float] = (1.0, 1.0, 1.0)
    b: tuple[float, float, float] = (0.0, 0.0, 0.0)


class Tank(Struct, frozen=True, kw_only=True):
    """One 120-gallon tank with a three-depth Wi-Fi sensor module (Pico)."""

    name: str
    hw_uid: str | None
    capture_period_s: int = 60
    samples: int = 1000
    num_sample_averages: int = 30
    async_delta_uv: int = 2000
    thermistor_beta: int = 3977
    send_micro_volts: bool = True
    sensor_order: tuple[int, int, int] | None = None
    serial_number: str = "NA"
    enabled: bool = True
    calibration: Calibration = Calibration()
    component_id: str = ""


class FlowModule(Struct, frozen=True, kw_only=True):
    """One Wi-Fi pulse flow meter (Pico): `kind` is "hall" or "reed", `node` is also its gpm channel."""

    node: str
    kind: str
    hw_uid: str | None
    gallons_per_tick: float
    async_threshold_gpm_x100: int
    no_flow_ms: int
    publish_empty_after_s: int
    """Hall: PublishEmptyTicklistAfterS; reed: PublishAnyTicklistAfterS."""
    publish_period_s: int | None
    """Hall only: PublishTicklistPeriodS."""
    publish_length: int | None
    """Reed only: PublishTicklistLength."""
    exp_alpha: float
    capture_period_s: int = 300
    send_hz: bool = True
    meter_type: str = ""
    serial_number: str = "NA"
    enabled: bool = True
    component_id: str = ""


class Thermistor(Struct, frozen=True):
    """A 10 kΩ NTC on the pipe board: channel name and screw terminal 1 to 12."""

    channel: str
    terminal: int


class PipeBoard(Struct, frozen=True, kw_only=True):
    """The TSnap board: up to three ADS1115, four terminals each in address order."""

    node: str
    addresses: tuple[int, ...]
    supply_v: float
    thermistors: tuple[Thermistor, ...]
    component_id: str = ""


class MeterRegister(Struct, frozen=True):
    """A power channel and where the meter keeps it (f32 input register pair, vendor number - 30000)."""

    channel: str
    address: int


class PowerMeter(Struct, frozen=True, kw_only=True):
    """The Modbus TCP power meter."""

    node: str
    make_model: str
    host: str
    port: int
    unit_id: int
    hw_uid: str | None
    poll_period_ms: int
    registers: tuple[MeterRegister, ...]
    component_id: str = ""


class Hub(Struct, frozen=True, kw_only=True):
    """The Hubitat hub that speaks for the thermostats: it posts events to /<mac with hyphens>."""

    node: str
    host: str
    mac: str
    maker_api_id: int
    component_id: str = ""


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
