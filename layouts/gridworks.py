"""The fixed words of a GridWorks hardware-layout JSON: makes and models with their ids, types, units.

Source: the House0 layouts of the GridWorks SCADA (spring 2026); ids and versions are the same in every house.
"""

from __future__ import annotations

from layouts.catalogue import Telemetry

MAKES: dict[str, str] = {
    "EGAUGE__4030": "739a6e32-bb9c-43bc-a28d-fb61be665522",
    "GRIDWORKS__SIMPM1": "28897ac1-ea42-4633-96d3-196f63f5a951",
    "SCHNEIDERELECTRIC__IEM3455": "6bcdc388-de10-40e6-979a-8d66bfcfe9ba",
    "GRIDWORKS__TSNAP1": "432073b8-4d2b-4e36-9229-73893f33f846",
    "ADAFRUIT__642": "43564cd2-0e78-41a2-8b67-ad80c02161e8",
    "KRIDA__DOUBLEEMR16I2CV3": "29eab8b1-100f-4230-bb44-3a2fcba33cc3",
    "DFROBOT__DFR0971_TIMES2": "69a0e36e-9c15-4d50-8a7b-ae63649ecc36",
    "GRIDWORKS__TANKMODULE3": "cbe49338-5d14-47ff-b05e-22031876962e",
    "GRIDWORKS__PICOFLOWHALL": "9d045a8d-12ee-43e6-8d7b-11c77b19de2f",
    "GRIDWORKS__PICOFLOWREED": "aa4ad342-883a-4f89-bf86-9eb430aeb308",
    "GRIDWORKS__GW101": "d020608d-d5ed-4b12-9592-7135db34e4ba",
    "HUBITAT__C7__LAN1": "62528da5-b510-4ac2-82c1-3782842eae07",
    "HONEYWELL__T6ZWAVETHERMOSTAT": "03533a1f-3cb9-4a1f-8d57-690c0ad0475b",
}
"""Make and model of a device -> id of its component attribute class."""

KRIDA_CAC = MAKES["KRIDA__DOUBLEEMR16I2CV3"]
TANK_MODULE_CAC = MAKES["GRIDWORKS__TANKMODULE3"]
FLOW_CAC = {"hall": MAKES["GRIDWORKS__PICOFLOWHALL"], "reed": MAKES["GRIDWORKS__PICOFLOWREED"]}
KIND_OF_FLOW_CAC = {uid: kind for kind, uid in FLOW_CAC.items()}

UNKNOWN_MAKE = "UNKNOWNMAKE__UNKNOWNMODEL"
FLOW_METERS = (
    "SAIER__SENHZG1WA",
    "EKM__HOTSPWM075HD",
    "OMEGA__FTB8007HWPT",
    "OMEGA__FTB8010HWPT",
    "PRMFILTRATION__WM075",
)
"""Flow meters with a name on the wire; any other is called unknown there."""

CONFIGS: dict[str, tuple[int, str]] = {
    Telemetry.POWER_W: (0, "W"),
    Telemetry.RELAY_STATE: (0, "Unitless"),
    Telemetry.WATER_TEMP_C_X1000: (3, "Celcius"),
    Telemetry.AIR_TEMP_F_X1000: (3, "Fahrenheit"),
    Telemetry.GPM_X100: (2, "Gpm"),
    Telemetry.MICRO_HZ: (6, "Unitless"),
    Telemetry.MICRO_VOLTS: (6, "VoltsRms"),
    Telemetry.VOLTS_X10: (1, "VoltsRms"),
    Telemetry.VOLTS_X100: (2, "VoltsRms"),
    Telemetry.THERMOSTAT_STATE: (0, "ThermostatStateEnum"),
    Telemetry.WATT_HOURS: (0, "WattHours"),
}
"""Telemetry name -> (decimal exponent, unit) as a channel config says it."""

GNODES = {
    "ltn": ("MyLeafTransactiveNodeGNode", "LeafTransactiveNode"),
    "scada": ("MyScadaGNode", "Scada"),
    "ta": ("MyTerminalAssetGNode", "TerminalAsset"),
}
"""Our name of an identity -> its key in the JSON and its class there."""

OLD_LTN_KEY = "MyAtomicTNodeGNode"
"""What the identity of the house was called until 2025."""

OWN_KEY = "SpaceHeatScada"
"""Key of the JSON under which stands, in our tables, what the format has no place for."""

COMPONENT_LISTS = (
    "Ads111xBasedComponents",
    "ElectricMeterComponents",
    "ResistiveHeaterComponents",
    "OtherComponents",
)
CAC_LISTS = tuple(name.replace("Components", "Cacs") for name in COMPONENT_LISTS)
