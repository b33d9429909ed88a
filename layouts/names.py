"""The House0 names of nodes and channels, and how each kind of channel is captured by default."""

from __future__ import annotations

from msgspec import Struct

from layouts.catalogue import KINDS_BY_KEY, ZONE_FAILSAFE, ZONE_OPS, RelayKind, Telemetry

# ------------------------------------------------------------------------------------------ channels


class Known(Struct, frozen=True):
    """A channel of the catalogue; `required` ones are needed by the control of every house."""

    display: str
    required: bool = False


PIPES: dict[str, Known] = {
    "dist-swt": Known("Distribution Source Water", True),
    "dist-rwt": Known("Distribution Return Water", True),
    "hp-lwt": Known("Heat Pump Leaving Water", True),
    "hp-ewt": Known("Heat Pump Entering Water", True),
    "store-hot-pipe": Known("Store Hot Pipe", True),
    "store-cold-pipe": Known("Store Cold Pipe", True),
    "buffer-hot-pipe": Known("Buffer Hot Pipe", True),
    "buffer-cold-pipe": Known("Buffer Cold Pipe"),
    "oat": Known("Outdoor Air"),
    "sieg-cold": Known("Siegenthaler Loop Cold Pipe"),
}
POWERS: dict[str, Known] = {
    "hp-odu-pwr": Known("Heat Pump Outdoor Unit Power", True),
    "hp-idu-pwr": Known("Heat Pump Indoor Unit Power", True),
    "dist-pump-pwr": Known("Distribution Pump Power"),
    "primary-pump-pwr": Known("Primary Pump Power"),
    "store-pump-pwr": Known("Store Pump Power"),
}
FLOWS: dict[str, Known] = {
    "dist-flow": Known("Distribution Flow", True),
    "primary-flow": Known("Primary Flow", True),
    "store-flow": Known("Store Flow", True),
    "sieg-flow": Known("Siegenthaler Loop Flow"),
}


class Circuit(Struct, frozen=True):
    """The channels a heat meter measures where its table names no others."""

    display: str
    flow: str
    hot: str
    cold: str


BTUS: dict[str, Circuit] = {
    "dist-btu": Circuit("Distribution Heat Meter", "dist-flow", "dist-swt", "dist-rwt"),
    "primary-btu": Circuit("Primary Heat Meter", "primary-flow", "hp-lwt", "hp-ewt"),
    "store-btu": Circuit("Store Heat Meter", "store-flow", "store-hot-pipe", "store-cold-pipe"),
}
ZERO_TENS: dict[str, Known] = {
    "dist-010v": Known("Distribution Pump 0-10 V", True),
    "primary-010v": Known("Primary Pump 0-10 V", True),
    "store-010v": Known("Store Pump 0-10 V", True),
}
METERED_HEAT_PUMP = frozenset({"hp-odu-pwr", "hp-idu-pwr"})
"""In power metering unless the layout says otherwise."""


class Capture(Struct, frozen=True):
    """How a kind of channel is captured where a layout says nothing.

    `async_delta` in the channel's wire integer; `sample_ms` None: the device's own setting; `floor_ms`
    is the shortest time after which a value may count as stale.
    """

    telemetry: Telemetry
    capture_period_s: int
    async_delta: int
    poll_period_ms: int | None
    sample_ms: int | None
    floor_ms: int


_WATER, _ROOM = 30_000, 300_000

POWER = Capture(Telemetry.POWER_W, 300, 5, None, None, _WATER)
HEAT_PUMP_POWER = Capture(Telemetry.POWER_W, 300, 200, None, None, _WATER)
PIPE = Capture(Telemetry.WATER_TEMP_C_X1000, 300, 500, 200, 1000, _WATER)
FLOW = Capture(Telemetry.GPM_X100, 300, 20, None, None, _WATER)
FLOW_HZ = Capture(Telemetry.MICRO_HZ, 300, 1, None, None, _WATER)
TANK = Capture(Telemetry.WATER_TEMP_C_X1000, 60, 1, None, None, _WATER)
TANK_UV = Capture(Telemetry.MICRO_VOLTS, 60, 1, None, None, _WATER)
ROOM = Capture(Telemetry.AIR_TEMP_F_X1000, 300, 1, 5000, 300_000, _ROOM)
BTU_FLOW = Capture(Telemetry.GPM_X100, 300, 10, None, None, _WATER)
BTU_TEMP = Capture(Telemetry.WATER_TEMP_C_X1000, 300, 200, None, None, _WATER)
BTU_CT = Capture(Telemetry.VOLTS_X100, 300, 20, None, None, _WATER)
PROBE = Capture(Telemetry.WATER_TEMP_C_X1000, 300, 500, None, 30_000, _WATER)
STAT_STATE = Capture(Telemetry.THERMOSTAT_STATE, 300, 1, 5000, 300_000, _ROOM)
RELAY = Capture(Telemetry.RELAY_STATE, 300, 1, 200, 1000, _WATER)
ZERO_TEN = Capture(Telemetry.VOLTS_X10, 300, 1, None, 1000, _WATER)

# --------------------------------------------------------------------------------------------- nodes


class SystemNode(Struct, frozen=True):
    """A node every House0 installation has."""

    name: str
    actor_class: str
    handle: str | None
    display: str


SYSTEM_NODES = (
    SystemNode("s", "PrimaryScada", None, "Primary SCADA"),
    SystemNode("admin", "NoActor", "admin", "Local Admin"),
    SystemNode("auto", "NoActor", "auto", "Automatic Control"),
    SystemNode("ltn", "NoActor", None, "Leaf Transactive Node"),
    SystemNode("la", "LeafAlly", "ltn.la", "Leaf Ally"),
    SystemNode("pico-cycler", "PicoCycler", "auto.pico-cycler", "Pico Cycler"),
    SystemNode("derived-generator", "DerivedGenerator", None, "Derived Generator"),
    SystemNode("lc", "LocalControl", "auto.lc", "Local Control"),
    SystemNode("n", "NoActor", "auto.lc.n", "Local Control Normal"),
    SystemNode("backup", "NoActor", "auto.lc.backup", "Local Control Backup"),
    SystemNode("scada-blind", "NoActor", "auto.lc.scada-blind", "Local Control Scada Blind"),
    SystemNode("hp-boss", "HpBoss", "auto.lc.n.hp-boss", "Heat Pump Boss"),
    SystemNode("freeze-guard", "NoActor", "auto.freeze-guard", "Freeze Guard"),
    SystemNode("comfort-guard", "NoActor", "auto.comfort-guard", "Comfort Guard"),
)
SECOND_SCADA = SystemNode("s2", "SecondaryScada", None, "Secondary SCADA")
SIEG_LOOP = SystemNode("sieg-loop", "SiegLoop", "auto.lc.n.sieg-loop", "Siegenthaler Loop")
METERED_NODES = {
    "hp-odu": "Heat Pump Outdoor Unit",
    "hp-idu": "Heat Pump Indoor Unit",
    "dist-pump": "Distribution Pump",
    "primary-pump": "Primary Pump",
    "store-pump": "Store Pump",
}

METER_NODE = "power-meter"
PIPES_NODE = "analog-temp"
PROBES_NODE = "one-wire"
HUB_NODE = "hubitat"
RELAYS_NODE = "relay-multiplexer"
ZERO_TENS_NODE = "zero-ten-multiplexer"
DERIVED_NODE = "derived-generator"

DEPTHS = (1, 2, 3)
FLOW_KINDS: dict[str, dict[str, object]] = {
    "hall": {
        "meter_type": "SAIER__SENHZG1WA", "gallons_per_tick": 0.0009, "async_threshold_gpm_x100": 20,
        "no_flow_ms": 250, "publish_empty_after_s": 7, "publish_period_s": 10, "publish_length": None,
        "exp_alpha": 0.2,
    },
    "reed": {
        "meter_type": "EKM__HOTSPWM075HD", "gallons_per_tick": 0.0748, "async_threshold_gpm_x100": 5,
        "no_flow_ms": 5000, "publish_empty_after_s": 10, "publish_period_s": None, "publish_length": 10,
        "exp_alpha": 0.5,
    },
}  # fmt: skip
"""What a flow module of each kind is set to where the layout says nothing."""


def zone_node(index: int, name: str) -> str:
    """The node of a zone, whose thermostat, call wire and channels begin with the same words."""
    return f"zone{index}-{name}"


def relay_kind(key: str, zones: dict[str, int]) -> tuple[RelayKind, str | None] | None:
    """Catalogue row and zone name of a relay key; `zones` maps zone name to zone number. None: unknown."""
    if key in KINDS_BY_KEY:
        return KINDS_BY_KEY[key], None
    for name, index in zones.items():
        if key == f"{zone_node(index, name)}-failsafe":
            return ZONE_FAILSAFE, name
        if key == f"{zone_node(index, name)}-ops":
            return ZONE_OPS, name
    return None


def relay_keys(zones: dict[str, int]) -> tuple[str, ...]:
    """Every relay key a house with these zones may use."""
    own = tuple(f"{zone_node(i, name)}-{end}" for name, i in zones.items() for end in ("failsafe", "ops"))
    return (*KINDS_BY_KEY, *own)
