"""The enums of the wire: a value is its name. We send no other name; of one we do not know that is heard,
`DEFAULTS` says what it counts as. A contract's status has no default: an unknown one is refused.

Source: the 2026 enums of the GridWorks SCADA protocol. `ENUMS` finds one by its wire id, as `StateEnum`,
`EventEnum` and `EventType` fields carry it.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

ContractStatus = Literal[
    "Created",
    "Received",
    "Confirmed",
    "Active",
    "TerminatedByLtn",
    "TerminatedByScada",
    "CompletedUnknownOutcome",
    "CompletedSuccess",
    "CompletedFailureByScada",
    "CompletedFailureByLtn",
]
LogLevel = Literal["Critical", "Error", "Warning", "Info", "Debug", "Trace"]
SystemMode = Literal["Heating", "Standby", "MonitorOnly"]
SeasonalStorageMode = Literal["AllTanks", "BufferOnly"]
FsmReportType = Literal["Other", "Event", "Action"]
FsmActionType = Literal["RelayPinSet", "Analog010VSignalSet", "Analog420maSignalSet"]
RelayWiringConfig = Literal["NormallyClosed", "NormallyOpen", "DoubleThrow"]
TempCalcMethod = Literal["SimpleBetaForPico", "SimpleBeta"]
HzCalcMethod = Literal["BasicExpWeightedAvg", "BasicButterWorth", "UniformWindow"]
GpmFromHzMethod = Literal["Constant"]
MarketPriceUnit = Literal["USDPerMWh"]
MarketQuantityUnit = Literal["AvgMW", "AvgkW"]
MarketTypeName = Literal[
    "unknown", "rt5gate5", "rt60gate5", "da60", "rt60gate30", "rt15gate5", "rt30gate5", "rt60gate30b"
]
GwUnit = Literal["Unknown", "Unitless", "FahrenheitX100", "Watts", "WattHours", "Gallons", "GpmX100"]
Unit = Literal[
    "Unknown",
    "Unitless",
    "W",
    "Celcius",
    "Fahrenheit",
    "Gpm",
    "WattHours",
    "AmpsRms",
    "VoltsRms",
    "Gallons",
    "ThermostatStateEnum",
]
TelemetryName = Literal[
    "Unknown",
    "PowerW",
    "RelayState",
    "WaterTempCTimes1000",
    "WaterTempFTimes1000",
    "GpmTimes100",
    "CurrentRmsMicroAmps",
    "GallonsTimes100",
    "VoltageRmsMilliVolts",
    "MilliWattHours",
    "MicroHz",
    "AirTempCTimes1000",
    "AirTempFTimes1000",
    "ThermostatState",
    "MicroVolts",
    "VoltsTimesTen",
    "WattHours",
    "StorageLayer",
    "PercentKeep",
    "CelsiusTimes100",
    "VoltsTimes100",
    "HzTimes100",
]
ActorClass = Literal[
    "NoActor",
    "PrimaryScada",
    "SecondaryScada",
    "PowerMeter",
    "LocalControl",
    "LeafAlly",
    "DerivedGenerator",
    "PicoCycler",
    "HpBoss",
    "I2cRelayMultiplexer",
    "I2cZeroTenMultiplexer",
    "Hubitat",
    "Relay",
    "MultipurposeSensor",
    "HoneywellThermostat",
    "ApiTankModule",
    "ApiFlowModule",
    "ZeroTenOutputer",
    "ApiBtuMeter",
    "SiegLoop",
]
MakeModel = Literal[
    "UNKNOWNMAKE__UNKNOWNMODEL",
    "EGAUGE__4030",
    "NCD__PR814SPST",
    "ADAFRUIT__642",
    "GRIDWORKS__TSNAP1",
    "GRIDWORKS__WATERTEMPHIGHPRECISION",
    "GRIDWORKS__SIMPM1",
    "SCHNEIDERELECTRIC__IEM3455",
    "GRIDWORKS__SIMBOOL30AMPRELAY",
    "OPENENERGY__EMONPI",
    "GRIDWORKS__SIMTSNAP1",
    "ATLAS__EZFLO",
    "HUBITAT__C7__LAN1",
    "GRIDWORKS__TANK_MODULE_1",
    "FIBARO__ANALOG_TEMP_SENSOR",
    "AMPHENOL__NTC_10K_THERMISTOR_MA100GG103BN",
    "YHDC__SCT013100",
    "MAGNELAB__SCT0300050",
    "GRIDWORKS__MULTITEMP1",
    "KRIDA__EMR16I2CV3",
    "OMEGA__FTB8007HWPT",
    "ISTEC_4440",
    "OMEGA__FTB8010HWPT",
    "BELIMO__BALLVALVE232VS",
    "BELIMO__DIVERTERB332L",
    "TACO__0034EPLUS",
    "TACO__007E",
    "ARMSTRONG__COMPASSH",
    "HONEYWELL__T6ZWAVETHERMOSTAT",
    "PRMFILTRATION__WM075",
    "BELLGOSSETT__ECOCIRC20_18",
    "TEWA__TT0P10KC3T1051500",
    "EKM__HOTSPWM075HD",
    "GRIDWORKS__SIMMULTITEMP",
    "GRIDWORKS__SIMTOTALIZER",
    "KRIDA__DOUBLEEMR16I2CV3",
    "GRIDWORKS__SIMDOUBLE16PINI2CRELAY",
    "GRIDWORKS__TANKMODULE2",
    "GRIDWORKS__PICOFLOWHALL",
    "GRIDWORKS__PICOFLOWREED",
    "SAIER__SENHZG1WA",
    "DFROBOT__DFR0971_TIMES2",
    "GRIDWORKS__TANKMODULE3",
    "GRIDWORKS__GW101",
]

DEFAULTS: tuple[tuple[Any, str], ...] = (
    (LogLevel, "Info"),
    (SystemMode, "Heating"),
    (SeasonalStorageMode, "AllTanks"),
    (FsmReportType, "Other"),
    (FsmActionType, "RelayPinSet"),
    (RelayWiringConfig, "NormallyClosed"),
    (TempCalcMethod, "SimpleBeta"),
    (HzCalcMethod, "BasicExpWeightedAvg"),
    (GpmFromHzMethod, "Constant"),
    (MarketPriceUnit, "USDPerMWh"),
    (MarketQuantityUnit, "AvgMW"),
    (MarketTypeName, "unknown"),
    (GwUnit, "Unknown"),
    (Unit, "Unknown"),
    (TelemetryName, "Unknown"),
    (ActorClass, "NoActor"),
    (MakeModel, "UNKNOWNMAKE__UNKNOWNMODEL"),
)
"""What a word we do not know counts as, as with the peers."""

_ALL_TANKS = ("HpOnStoreOff", "HpOnStoreCharge", "HpOffStoreOff", "HpOffStoreDischarge")

ENUMS: dict[str, tuple[str, ...]] = {
    "gw1.contract.status": get_args(ContractStatus),
    "log.level": get_args(LogLevel),
    "top.state": ("Auto", "Admin"),
    "top.event": ("AdminWakesUp", "AdminTimesOut"),
    "gw1.main.auto.state": ("LocalControl", "LeafTransactiveNode", "Dormant"),
    "gw1.main.auto.event": (
        "DispatchContractLive",
        "ContractGracePeriodEnds",
        "LtnReleasesControl",
        "AllyGivesUp",
        "AutoGoesDormant",
        "AutoWakesUp",
    ),
    "gw1.lc.top.state": ("Dormant", "UsingNonElectricBackup", "Normal", "ScadaBlind", "Monitor"),
    "gw1.local.control.all.tanks.state": ("Initializing", *_ALL_TANKS, "Dormant"),
    "gw1.leaf.ally.all.tanks.state": ("Dormant", "Initializing", *_ALL_TANKS, "HpOffNonElectricBackup"),
    "gw1.hp.boss.state": ("PreparingToTurnOn", "HpOn", "HpOff"),
    "pico.cycler.state": (
        "Dormant",
        "PicosLive",
        "RelayOpening",
        "RelayOpen",
        "RelayClosing",
        "PicosRebooting",
        "AllZombies",
    ),
    "relay.closed.or.open": ("RelayClosed", "RelayOpen"),
    "store.flow.relay": ("DischargingStore", "ChargingStore"),
    "heat.pump.control": ("BufferTankAquastat", "Scada"),
    "aquastat.control.state": ("Boiler", "Scada"),
    "primary.pump.control": ("HeatPump", "Scada"),
    "heatcall.source": ("WallThermostat", "Scada"),
    "hp.loop.keep.send": ("SendLess", "SendMore"),
    "change.relay.state": ("CloseRelay", "OpenRelay"),
    "change.relay.pin": ("DeEnergize", "Energize"),
    "change.store.flow.relay": ("DischargeStore", "ChargeStore"),
    "change.heat.pump.control": ("SwitchToTankAquastat", "SwitchToScada"),
    "change.aquastat.control": ("SwitchToBoiler", "SwitchToScada"),
    "change.primary.pump.control": ("SwitchToScada", "SwitchToHeatPump"),
    "change.heatcall.source": ("SwitchToWallThermostat", "SwitchToScada"),
    "change.keep.send": ("ChangeToKeepLess", "ChangeToKeepMore"),
    "turn.hp.on.off": ("TurnOn", "TurnOff"),
}


def values(alias: Any) -> tuple[str, ...]:
    """The names of one of the Literal enums above."""
    return get_args(alias)
