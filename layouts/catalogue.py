"""The relays a House0 manifold may have, and what each de-energised and energised position means.

Source: the House0 relay table of the GridWorks hardware layout (wire names of 2026).
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Wiring(StrEnum):
    """How the load hangs on the relay contacts (`relay.wiring.config`)."""

    NC = "NormallyClosed"
    NO = "NormallyOpen"
    DT = "DoubleThrow"


class RelayKind(Struct, frozen=True):
    """One relay of the catalogue.

    `key` is the short name used as the table key in a layout file; `rest` words describe the
    de-energised coil, `active` words the energised one. `index` 0 means: one per zone.
    """

    key: str
    index: int
    wiring: Wiring
    event_type: str
    rest_event: str
    active_event: str
    state_type: str
    rest_state: str
    active_state: str
    display: str
    required: bool = True


_OPEN_CLOSE = ("change.relay.state", "relay.closed.or.open")


def _nc(key: str, index: int, display: str, required: bool = True) -> RelayKind:
    event, state = _OPEN_CLOSE
    words = ("CloseRelay", "OpenRelay", state, "RelayClosed", "RelayOpen")
    return RelayKind(key, index, Wiring.NC, event, *words, display, required)


def _no(key: str, index: int, display: str, required: bool = True) -> RelayKind:
    event, state = _OPEN_CLOSE
    words = ("OpenRelay", "CloseRelay", state, "RelayOpen", "RelayClosed")
    return RelayKind(key, index, Wiring.NO, event, *words, display, required)


RELAY_KINDS: tuple[RelayKind, ...] = (
    _nc("vdc", 1, "5VDC Relay"),
    _nc("tstat-common", 2, "TStat Common Relay", required=False),
    RelayKind(
        "charge-discharge", 3, Wiring.NO,
        "change.store.flow.relay", "DischargeStore", "ChargeStore",
        "store.flow.relay", "DischargingStore", "ChargingStore",
        "Store Charge/Discharge Relay",
    ),
    RelayKind(
        "hp-failsafe", 5, Wiring.DT,
        "change.heat.pump.control", "SwitchToTankAquastat", "SwitchToScada",
        "heat.pump.control", "BufferTankAquastat", "Scada",
        "Hp Failsafe Relay",
    ),
    _nc("hp-scada-ops", 6, "Hp Scada Ops Relay"),
    _nc("thermistor-common", 7, "Thermistor Common Relay", required=False),
    RelayKind(
        "aquastat-ctrl", 8, Wiring.DT,
        "change.aquastat.control", "SwitchToBoiler", "SwitchToScada",
        "aquastat.control.state", "Boiler", "Scada",
        "Aquastat Ctrl Relay",
    ),
    _no("store-pump-failsafe", 9, "Store Pump Failsafe"),
    _no("boiler-scada-ops", 10, "Boiler SCADA Ops", required=False),
    _no("primary-pump-scada-ops", 11, "Primary Pump SCADA Ops"),
    RelayKind(
        "primary-pump-failsafe", 12, Wiring.DT,
        "change.primary.pump.control", "SwitchToHeatPump", "SwitchToScada",
        "primary.pump.control", "HeatPump", "Scada",
        "Primary Pump Failsafe",
    ),
    _nc("hp-loop-on-off", 14, "Hp Loop Valve Active/Dormant Relay", required=False),
    RelayKind(
        "hp-loop-keep-send", 15, Wiring.DT,
        "change.keep.send", "ChangeToKeepLess", "ChangeToKeepMore",
        "hp.loop.keep.send", "SendMore", "SendLess",
        "Hp Loop Valve SendMore/SendLess Relay", required=False,
    ),
)  # fmt: skip

ZONE_FAILSAFE = RelayKind(
    "failsafe", 0, Wiring.DT,
    "change.heatcall.source", "SwitchToWallThermostat", "SwitchToScada",
    "heatcall.source", "WallThermostat", "Scada",
    "Zone Failsafe",
)  # fmt: skip
ZONE_OPS = _no("ops", 0, "Zone Scada Ops")

KINDS_BY_KEY = {kind.key: kind for kind in RELAY_KINDS}
FIRST_ZONE_INDEX = 17
"""Zone i (from 1) has its failsafe relay at 17 + 2(i-1) and its ops relay right behind it."""


class Telemetry(StrEnum):
    """What a raw channel integer means (`spaceheat.telemetry.name`), as far as a house uses it."""

    POWER_W = "PowerW"
    RELAY_STATE = "RelayState"
    WATER_TEMP_C_X1000 = "WaterTempCTimes1000"
    AIR_TEMP_F_X1000 = "AirTempFTimes1000"
    GPM_X100 = "GpmTimes100"
    MICRO_HZ = "MicroHz"
    MICRO_VOLTS = "MicroVolts"
    VOLTS_X10 = "VoltsTimesTen"
    VOLTS_X100 = "VoltsTimes100"
    THERMOSTAT_STATE = "ThermostatState"
    WATT_HOURS = "WattHours"


class GwUnit(StrEnum):
    """What a derived channel integer means (`gw1.unit`)."""

    FAHRENHEIT_X100 = "FahrenheitX100"
    WATT_HOURS = "WattHours"
    GPM_X100 = "GpmX100"


PHYSICAL: dict[str, tuple[str, float]] = {
    Telemetry.POWER_W: ("W", 1.0),
    Telemetry.RELAY_STATE: ("energised", 1.0),
    Telemetry.WATER_TEMP_C_X1000: ("°C", 0.001),
    Telemetry.AIR_TEMP_F_X1000: ("°F", 0.001),
    Telemetry.GPM_X100: ("gpm", 0.01),
    Telemetry.MICRO_HZ: ("Hz", 1e-6),
    Telemetry.MICRO_VOLTS: ("V", 1e-6),
    Telemetry.VOLTS_X10: ("V", 0.1),
    Telemetry.VOLTS_X100: ("V", 0.01),
    Telemetry.THERMOSTAT_STATE: ("state", 1.0),
    Telemetry.WATT_HOURS: ("Wh", 1.0),
    GwUnit.FAHRENHEIT_X100: ("°F", 0.01),
    GwUnit.GPM_X100: ("gpm", 0.01),
}
"""Physical unit of a channel and the factor from its wire integer."""
