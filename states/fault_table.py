"""The fault table: every row of a house, in the order the page prints them."""

from __future__ import annotations

from layouts.model import House
from layouts.settings import Settings
from states.fault_kinds import (
    Against,
    AllSilent,
    AnyOver,
    ClockUnset,
    Denied,
    ForecastOld,
    Guarding,
    LinkDown,
    Mismatch,
    MustAct,
    NoStart,
    NoWater,
    Over,
    Silent,
    Unwell,
)
from states.fault_sensors import sensor_rows
from states.faults import Act, Clears, Fault

SECOND_LINK = "local_mqtt"
NOT_THERE = ("connecting", "awaiting_setup_and_peer", "awaiting_setup", "awaiting_peer")
"""How the link to the second computer stands while nothing is heard from it."""

CRITICAL_RELAYS = ("hp-failsafe", "hp-scada-ops", "aquastat-ctrl", "charge-discharge", "store-pump-failsafe")
"""Relays by which the house is heated or harmed: if one disobeys, the house is handed back."""
FOUGHT_S = 5
"""A board that somebody else writes to, or that shows what it does not hold, looks right every few ticks."""
TRY_AGAIN_S = 900
"""At rest a relay that cannot be energised looks obedient: a try moves it twice, 200 a day are enough."""

WATER_MOST_F = 194.0
"""90 °C: above it the last gate holds every heat source off."""
COLD_BY_F = 2.0

COMPUTER_ROWS = (
    ("computer-hot", Unwell("cpu_c", 80.0, "°C"), 60, 10, "The computer is hot and slows down; give it air"),
    ("computer-under-voltage", Unwell("under_voltage", 0.0, ""), 0, 600,
     "The supply of the computer sags below 4.63 V; it needs a stronger one or a shorter cable"),
    ("disk-filling", Unwell("disk_used", 80.0, "%"), 60, 10, "The disk is more than 80 % full"),
    ("clock-adrift", Unwell("clock_age_h", 6.0, "h"), 3600, 10,
     "No time server has set the clock for six hours"),
)  # fmt: skip


def fault_table(house: House, settings: Settings) -> tuple[Fault, ...]:
    """Every row for this house, in the order the page prints them."""
    return (
        *_actuator_rows(house),
        *_plant_rows(house, settings),
        *_guard_rows(house),
        *_contrary_rows(house),
        *sensor_rows(house),
        *_second_rows(house),
        *_broker_rows(settings),
        *_system_rows(),
        *_weather_rows(settings),
    )


def _actuator_rows(house: House) -> list[Fault]:
    outputs = tuple(z.node for z in house.zero_tens)
    boards: dict[int, list[str]] = {}
    for relay in house.relays:
        boards.setdefault((relay.index - 1) // 16, []).append(relay.node)
    rows = [
        Fault(
            f"relay-board-{number + 1}-silent",
            Silent(tuple(nodes)),
            5,
            Act.HAND_BACK,
            f"Relay board {number + 1} does not answer; where its relays stand is unknown",
        )
        for number, nodes in sorted(boards.items())
    ]
    one_of_each = tuple(nodes[0] for _, nodes in sorted(boards.items()))
    nothing = "Nothing on the I2C bus answers: a board holds it low, or its wire is off"
    rows.append(Fault("i2c-bus-silent", AllSilent((*one_of_each, outputs[0])), 5, Act.HAND_BACK, nothing))
    critical = tuple(r.node for r in house.relays if r.key in CRITICAL_RELAYS)
    others = tuple(r.node for r in house.relays if r.key not in CRITICAL_RELAYS)
    rows.append(
        Fault(
            "relay-disobeys",
            Mismatch(critical),
            3,
            Act.HAND_BACK,
            "A relay of the heat path does not obey",
            clear_s=TRY_AGAIN_S,
            gap_s=FOUGHT_S,
        )
    )
    minor = "A relay does not obey"
    rows.append(
        Fault("relay-minor-disobeys", Mismatch(others), 3, Act.NO_CONTRACT, minor, clear_s=60, gap_s=FOUGHT_S)
    )
    rows.append(
        Fault("outputs-silent", Silent(outputs), 60, Act.NO_CONTRACT, "The 0-10 V board does not answer")
    )
    rows.append(
        Fault("output-disobeys", Mismatch(outputs), 10, Act.NO_CONTRACT, "A 0-10 V output does not obey")
    )
    return rows


def _plant_rows(house: House, settings: Settings) -> list[Fault]:
    trip_f = round(settings.limits.lwt_max_c * 1.8 + 32, 1)
    return [
        Fault(
            "hp-lwt-hot",
            Over("hp-lwt", trip_f, "°F"),
            5,
            Act.HEAT_OFF,
            f"Water leaving the heat pump is above {trip_f} °F",
            clear_s=120,
        ),
        Fault(
            "hp-does-not-start",
            NoStart(),
            0,
            Act.HAND_BACK,
            "The heat pump was called twice and drew no power",
            clears=Clears.AFTER,
            clear_s=3600,
        ),
        Fault(
            "hp-moves-no-water",
            NoWater(),
            0,
            Act.HAND_BACK,
            "The heat pump ran twice and no water moved: its pump or the flow meter is dead",
            clears=Clears.AFTER,
            clear_s=4 * 3600,
        ),
        Fault(
            "heat-denied",
            Denied(tuple(zone.node for zone in house.zones), COLD_BY_F),
            0,
            Act.HAND_BACK,
            "Heat has been held off for 40 min and a room is cold, so a sensor must be wrong",
            clears=Clears.AFTER,
            clear_s=4 * 3600,
        ),
    ]


def _guard_rows(house: House) -> list[Fault]:
    """Too hot, too cold: what the last gate and the guards do by themselves is told."""
    tanks = tuple(f"{tank.name}-depth{i}" for tank in house.tanks for i in (1, 2, 3))
    return [
        Fault(
            "water-too-hot",
            AnyOver(tanks, WATER_MOST_F, "°F"),
            5,
            Act.NO_CONTRACT,
            f"A tank sensor shows more than {WATER_MOST_F:g} °F; all heat is held off",
            clear_s=120,
        ),
        Fault("freeze-guard", Guarding("freeze"), 0, Act.NO_CONTRACT, "Water is near freezing; it is heated"),
        Fault(
            "comfort-guard",
            Guarding("comfort"),
            0,
            Act.NO_CONTRACT,
            "A room is below the floor; every heat source works",
        ),
    ]


MOVING_GPM = 0.1
FLOWING_GPM = 0.5
RUNNING_W = 500.0


def _contrary_rows(house: House) -> list[Fault]:
    """The relays are where they were told to be, and the plant does the contrary."""
    node = {key: relay.node for key, relay in house.relay_by_key.items()}
    off = ((node["hp-failsafe"], 1), (node["hp-scada-ops"], 1))
    primary = ((node["primary-pump-failsafe"], 1), (node["primary-pump-scada-ops"], 1))
    store = node["store-pump-failsafe"]
    still = ((store, 0), (node["charge-discharge"], 0))
    rows = (
        (
            "hp-does-not-stop",
            Against(off, True, "hp-odu-pwr", RUNNING_W, "W"),
            "The heat pump is told to stop and goes on: a relay is welded, or something else calls it",
        ),
        (
            "primary-pump-dead",
            Against(primary, False, "primary-flow", MOVING_GPM, "gpm"),
            "The primary pump is told to run and no water moves",
        ),
        (
            "store-pump-dead",
            Against(((store, 1),), False, "store-flow", MOVING_GPM, "gpm"),
            "The store pump is told to run and no water moves",
        ),
        (
            "store-pump-does-not-stop",
            Against(still, True, "store-flow", FLOWING_GPM, "gpm"),
            "The store pump is told to stop and water goes on moving",
        ),
    )
    return [Fault(name, when, 120, Act.NO_CONTRACT, says, clear_s=60) for name, when, says in rows]


def _second_rows(house: House) -> list[Fault]:
    """Its channels have rows of their own; this one says why they are lost."""
    if not house.second_nodes:
        return []
    says = "The second computer is silent; what it measures is unknown"
    return [Fault("second-silent", LinkDown(SECOND_LINK, NOT_THERE), 120, Act.WARN, says)]


def _broker_rows(settings: Settings) -> list[Fault]:
    """A try takes seconds and comes every five minutes, so what is gone must be gone for ten."""
    return [
        Fault(
            f"{name}-broker-refuses",
            MustAct(link),
            10,
            Act.WARN,
            f"The broker of {what} refuses us, or is not who it says; see: python scada.py certs",
            clear_s=600,
        )
        for name, link, what, peer in (
            ("grid", "gridworks_mqtt", "the ATN", settings.upstream),
            ("admin", "admin", "the admin program", settings.admin),
            ("local", SECOND_LINK, "the second computer", settings.local),
        )
        if peer.enabled
    ]


def _weather_rows(settings: Settings) -> list[Fault]:
    """The service that must be asked; a file and made-up weather do not grow old."""
    if settings.weather.source != "nws":
        return []
    says = "Nothing new from the weather service for six hours; what it said before, or the coldest, counts"
    return [Fault("forecast-old", ForecastOld("nws", 6.0), 900, Act.WARN, says)]


def _system_rows() -> list[Fault]:
    return [
        Fault("clock-unset", ClockUnset(), 0, Act.NO_CONTRACT, "The clock has not been set since boot"),
        Fault("store-failed", LinkDown("store", ("stuck", "down")), 10, Act.WARN,
              "The disk does not keep what we give it"),
        Fault("certificate-ends", LinkDown("certificates", ("ending", "ended")), 60, Act.WARN,
              "A certificate of ours ends within 30 days or has ended; see: python scada.py certs",
              Clears.AFTER, 86_400),
        *(Fault(name, when, for_s, Act.WARN, says, clear_s=gone_s)
          for name, when, for_s, gone_s, says in COMPUTER_ROWS),
    ]  # fmt: skip
