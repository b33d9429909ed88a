"""The tables of the machine: its states, its transitions and the posture of every leaf state.

Nothing here runs. `states/machine.py` hands the first two to `transitions`, `states/posture.py` reads the
third, `states/diagram.py` draws and prints all of them. A path is written `HomeAlone.Normal.HpOnStoreCharge`.
"""

from __future__ import annotations

from typing import Any

from layouts.effects import KEEP

# --------------------------------------------------------------------------------------------- states

STRATEGY_LEAVES = ("Initializing", "HpOnStoreOff", "HpOnStoreCharge", "HpOffStoreOff", "HpOffStoreDischarge")

STATES: list[dict[str, Any]] = [
    {
        "name": "HomeAlone",
        "initial": "Normal",
        "children": [
            {"name": "Normal", "initial": "Initializing", "children": list(STRATEGY_LEAVES)},
            {"name": "ScadaBlind", "initial": "OnAquastat", "children": ["OnAquastat", "OnBoiler"]},
            {"name": "Backup", "initial": "OnHeatPump", "children": ["OnHeatPump", "OnBoiler"]},
        ],
    },
    {
        "name": "AtnControlled",
        "initial": "Initializing",
        "children": [*STRATEGY_LEAVES, "HpOffNonElectricBackup"],
    },
    {"name": "Dormant", "initial": "Admin", "children": ["Admin", "Monitor"]},
    {"name": "Fault", "initial": "HandedBack", "children": ["HandedBack"]},
]

HOME = "HomeAlone.Normal.Initializing"
MONITOR = "Dormant.Monitor"
ADMIN = "Dormant.Admin"
HANDED_BACK = "Fault.HandedBack"


def leaves() -> tuple[str, ...]:
    """Every leaf path, in table order."""
    found: list[str] = []

    def walk(rows: list[Any], prefix: str) -> None:
        for row in rows:
            name = row if isinstance(row, str) else row["name"]
            children = () if isinstance(row, str) else row.get("children", ())
            if children:
                walk(list(children), f"{prefix}{name}.")
            else:
                found.append(prefix + name)

    walk(STATES, "")
    return tuple(found)


LEAVES = leaves()

# ---------------------------------------------------------------------------------------- transitions

_N = "HomeAlone.Normal"
_A = "AtnControlled"


def _under(prefix: str, *names: str) -> list[str]:
    return [f"{prefix}.{name}" for name in names]


TRANSITIONS: list[tuple[str, str | list[str], str, str]] = [
    # trigger, sources (a parent stands for all its leaves), destination, what it means
    # --- who is in charge
    ("HandBack", ["HomeAlone", "AtnControlled", ADMIN], HANDED_BACK, "a fault hands the house back"),
    ("FaultCleared", "Fault", HOME, "every hand-back fault is gone"),
    ("AdminTakes", ["HomeAlone", "AtnControlled", MONITOR], ADMIN, "a person takes the house"),
    ("AdminEnds", ADMIN, HOME, "the person let go, or the lease ran out"),
    ("AdminEndsInMonitor", ADMIN, MONITOR, "the person let go and the site only monitors"),
    ("ContractLive", "HomeAlone.Normal", "AtnControlled.Initializing", "a contract is in force"),
    ("ContractOver", "AtnControlled", HOME, "the contract ended and no other followed in time"),
    ("ContractLost", "AtnControlled", HOME, "the ATN fell silent"),
    ("ContractLeft", "AtnControlled", HOME, "comfort or safety ended the contract"),
    # --- the fall-back's own modes
    ("DataMissing", _N, "HomeAlone.ScadaBlind.OnAquastat", "the buffer cannot be seen"),
    ("BlindOnPeak", "HomeAlone.ScadaBlind.OnAquastat", "HomeAlone.ScadaBlind.OnBoiler", "blind, boiler"),
    ("BlindOffPeak", "HomeAlone.ScadaBlind.OnBoiler", "HomeAlone.ScadaBlind.OnAquastat", "blind, off-peak"),
    ("DataBack", "HomeAlone.ScadaBlind", HOME, "the buffer is seen again"),
    ("SystemColdBoiler", _N, "HomeAlone.Backup.OnBoiler", "house, buffer and store are cold: boiler"),
    ("SystemColdHeatPump", _N, "HomeAlone.Backup.OnHeatPump", "house, buffer and store are cold: heat pump"),
    (
        "BoilerGivesNoHeat",
        "HomeAlone.Backup.OnBoiler",
        "HomeAlone.Backup.OnHeatPump",
        "the boiler was called and the buffer stays cold",
    ),
    ("SystemWarm", "HomeAlone.Backup", HOME, "the rooms are warm again and it is off-peak"),
    # --- HomeAlone, all tanks, time of use
    ("OnPeakBufferEmpty", _under(_N, "Initializing", "HpOffStoreOff"), f"{_N}.HpOffStoreDischarge", ""),
    ("OnPeakBufferFull", _under(_N, "Initializing", "HpOffStoreDischarge"), f"{_N}.HpOffStoreOff", ""),
    (
        "OnPeakStorageColderThanBuffer",
        _under(_N, "Initializing", "HpOffStoreDischarge"),
        f"{_N}.HpOffStoreOff",
        "",
    ),
    (
        "OffPeakBufferEmpty",
        _under(_N, "Initializing", "HpOnStoreCharge", "HpOffStoreOff"),
        f"{_N}.HpOnStoreOff",
        "",
    ),
    (
        "OffPeakBufferFullStorageReady",
        _under(_N, "Initializing", "HpOnStoreOff"),
        f"{_N}.HpOffStoreOff",
        "",
    ),
    ("OffPeakBufferFullStorageNotReady", f"{_N}.Initializing", f"{_N}.HpOnStoreOff", ""),
    ("OffPeakBufferFullStorageNotReady", f"{_N}.HpOnStoreOff", f"{_N}.HpOnStoreCharge", ""),
    ("OnPeakStart", _under(_N, "HpOnStoreOff", "HpOnStoreCharge"), f"{_N}.HpOffStoreOff", ""),
    ("OffPeakStorageReady", f"{_N}.HpOnStoreCharge", f"{_N}.HpOffStoreOff", ""),
    ("OffPeakStorageNotReady", f"{_N}.HpOffStoreOff", f"{_N}.HpOnStoreOff", ""),
    ("DefrostDetected", f"{_N}.HpOnStoreCharge", f"{_N}.HpOnStoreOff", ""),
    ("OffPeakStart", f"{_N}.HpOffStoreDischarge", f"{_N}.HpOffStoreOff", ""),
    # --- AtnControlled, all tanks
    ("NoElecBufferEmpty", _under(_A, "Initializing", "HpOffStoreOff"), f"{_A}.HpOffStoreDischarge", ""),
    ("NoElecBufferFull", _under(_A, "Initializing", "HpOffStoreDischarge"), f"{_A}.HpOffStoreOff", ""),
    (
        "ElecBufferEmpty",
        _under(_A, "Initializing", "HpOnStoreCharge", "HpOffStoreOff", "HpOffStoreDischarge"),
        f"{_A}.HpOnStoreOff",
        "",
    ),
    (
        "ElecBufferFull",
        _under(_A, "Initializing", "HpOffStoreOff", "HpOffStoreDischarge"),
        f"{_A}.HpOnStoreOff",
        "",
    ),
    ("ElecBufferFull", f"{_A}.HpOnStoreOff", f"{_A}.HpOnStoreCharge", ""),
    ("NoMoreElec", _under(_A, "HpOnStoreOff", "HpOnStoreCharge"), f"{_A}.HpOffStoreOff", ""),
    ("DefrostDetected", f"{_A}.HpOnStoreCharge", f"{_A}.HpOnStoreOff", ""),
    (
        "StartNonElectricBackup",
        _under(_A, *STRATEGY_LEAVES),
        f"{_A}.HpOffNonElectricBackup",
        "the contract asks for oil",
    ),
    ("StopNonElectricBackup", f"{_A}.HpOffNonElectricBackup", f"{_A}.Initializing", ""),
]

# ------------------------------------------------------------------------------------------- postures

EFFECT_COLUMNS = (
    "heat_pump",
    "boiler",
    "store_valve",
    "store_pump",
    "primary_pump",
    "zones",
    "sieg_valve",
    "sensor_power",
    "stat_common",
    "thermistor_common",
    "dist_010v",
    "primary_010v",
    "store_010v",
)

_SENSORS = ("ON", "CONNECTED", "CONNECTED")
_PUMPS = ("DEFAULT", "DEFAULT", "DEFAULT")
_DRIVEN = ("BY_HEAT_PUMP", "THERMOSTATS", "HOLD", *_SENSORS, *_PUMPS)
_REST = ("DISCHARGE", "OFF", "BY_HEAT_PUMP", "THERMOSTATS", "SEND", *_SENSORS)

_STRATEGY: dict[str, tuple[str, ...]] = {
    "Initializing": (KEEP, "LOCKED_OUT", KEEP, KEEP, *_DRIVEN),
    "HpOnStoreOff": ("ON", "LOCKED_OUT", "DISCHARGE", "OFF", *_DRIVEN),
    "HpOnStoreCharge": ("ON", "LOCKED_OUT", "CHARGE", "OFF", *_DRIVEN),
    "HpOffStoreOff": ("OFF", "LOCKED_OUT", "DISCHARGE", "OFF", *_DRIVEN),
    "HpOffStoreDischarge": ("OFF", "LOCKED_OUT", "DISCHARGE", "ON", *_DRIVEN),
}

POSTURES: dict[str, tuple[str, ...]] = {
    **{f"{_N}.{leaf}": row for leaf, row in _STRATEGY.items()},
    "HomeAlone.ScadaBlind.OnAquastat": ("AQUASTAT", "LOCKED_OUT", "DISCHARGE", "OFF", *_DRIVEN),
    "HomeAlone.ScadaBlind.OnBoiler": ("AQUASTAT", "ARMED", "DISCHARGE", "OFF", *_DRIVEN),
    "HomeAlone.Backup.OnHeatPump": ("ON", "LOCKED_OUT", "DISCHARGE", "OFF", *_DRIVEN),
    "HomeAlone.Backup.OnBoiler": ("AQUASTAT", "ARMED", "DISCHARGE", "OFF", *_DRIVEN),
    **{f"{_A}.{leaf}": row for leaf, row in _STRATEGY.items()},
    f"{_A}.HpOffNonElectricBackup": ("AQUASTAT", "ARMED", "DISCHARGE", "OFF", *_DRIVEN),
    ADMIN: (KEEP,) * len(EFFECT_COLUMNS),
    MONITOR: ("AQUASTAT", "ARMED", *_REST, *_PUMPS),
    HANDED_BACK: ("AQUASTAT", "ARMED", *_REST, *_PUMPS),
}
"""Leaf path -> one word per effect column. No state relies on "not named"; KEEP is an explicit hold."""
