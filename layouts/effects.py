"""What a posture may ask of the house, in effects, and which relay positions bring each effect about.

Rest is not off: de-energised, relay 6 calls the heat pump and relay 8 arms the boiler. A posture is
therefore written in effects, and only this table knows the coils.
"""

from __future__ import annotations

REST = 0
ACTIVE = 1

EFFECTS: dict[str, dict[str, dict[str, int]]] = {
    "heat_pump": {
        "ON": {"hp-failsafe": ACTIVE, "hp-scada-ops": REST},
        "OFF": {"hp-failsafe": ACTIVE, "hp-scada-ops": ACTIVE},
        "AQUASTAT": {"hp-failsafe": REST, "hp-scada-ops": REST},
    },
    "boiler": {
        "LOCKED_OUT": {"aquastat-ctrl": ACTIVE},
        "ARMED": {"aquastat-ctrl": REST},
    },
    "store_valve": {
        "DISCHARGE": {"charge-discharge": REST},
        "CHARGE": {"charge-discharge": ACTIVE},
    },
    "store_pump": {
        "OFF": {"store-pump-failsafe": REST},
        "ON": {"store-pump-failsafe": ACTIVE},
    },
    "primary_pump": {
        "BY_HEAT_PUMP": {"primary-pump-failsafe": REST, "primary-pump-scada-ops": REST},
        "ON": {"primary-pump-failsafe": ACTIVE, "primary-pump-scada-ops": ACTIVE},
        "OFF": {"primary-pump-failsafe": ACTIVE, "primary-pump-scada-ops": REST},
    },
    "zones": {
        "THERMOSTATS": {"zone-failsafe": REST, "zone-ops": REST},
        "CALL": {"zone-failsafe": ACTIVE, "zone-ops": ACTIVE},
        "NO_CALL": {"zone-failsafe": ACTIVE, "zone-ops": REST},
    },
    "sieg_valve": {
        "HOLD": {"hp-loop-on-off": ACTIVE, "hp-loop-keep-send": REST},
        "SEND": {"hp-loop-on-off": REST, "hp-loop-keep-send": REST},
        "KEEP_MORE": {"hp-loop-on-off": REST, "hp-loop-keep-send": ACTIVE},
    },
    "sensor_power": {
        "ON": {"vdc": REST},
        "OFF": {"vdc": ACTIVE},
    },
    "stat_common": {
        "CONNECTED": {"tstat-common": REST},
        "CUT": {"tstat-common": ACTIVE},
    },
    "thermistor_common": {
        "CONNECTED": {"thermistor-common": REST},
        "CUT": {"thermistor-common": ACTIVE},
    },
}
"""effect -> choice -> relay key -> coil position. `zone-failsafe` and `zone-ops` stand for every zone's."""

OPTIONAL_EFFECTS = frozenset({"sieg_valve", "stat_common", "thermistor_common"})
"""Effects a house may lack altogether; their relays are then absent and the posture's word is void."""

ANALOG_EFFECTS = ("dist_010v", "primary_010v", "store_010v")
"""Posture columns for the 0-10 V outputs: `DEFAULT` or a number, volts x 10 (0 to 100)."""

KEEP = "KEEP"
"""Explicit hold: the effect stays as the last readback shows it. Legal for every effect."""
