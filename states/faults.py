"""The fault table: what counts as a fault, for how long, what it makes the house do and how it clears.

A condition is data, so the page and `docs/faults.md` print it and a test can delete a row and see red.
Worst wins: a tick acts on the highest act of all active rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum

from msgspec import Struct

from layouts.model import House
from layouts.settings import Settings
from states.fault_kinds import (
    ClockUnset,
    Condition,
    Flat,
    ForecastOld,
    LinkDown,
    Lost,
    Mismatch,
    NoForecast,
    NoStart,
    Over,
    Silent,
    Unwell,
)


class Act(IntEnum):
    """What a fault makes the house do, from mild to grave; the worst active one counts."""

    WARN = 0
    NO_CONTRACT = 1
    BLIND = 2
    HEAT_OFF = 3
    HAND_BACK = 4


class Clears(StrEnum):
    """How an active fault ends."""

    WHEN_GONE = "when gone"
    AFTER = "after a while, to try again"


class Fault(Struct, frozen=True):
    """One row. `for_s`: the condition must hold this long; `clear_s`: and be gone this long (or, with
    `AFTER`, the fault ends this long after it began).
    """

    name: str
    when: Condition
    for_s: int
    act: Act
    says: str
    clears: Clears = Clears.WHEN_GONE
    clear_s: int = 10


class Track(Struct, frozen=True, gc=False):
    """Where a row stands: condition since, active since, gone since (house mono ms)."""

    since_mono_ms: int
    active_mono_ms: int | None = None
    active_wall_ms: int = 0
    gone_mono_ms: int | None = None


Tracks = Mapping[str, Track]

SECOND_LINK = "local_mqtt"
NOT_THERE = ("connecting", "awaiting_setup_and_peer", "awaiting_setup", "awaiting_peer")
"""How the link to the second computer stands while nothing is heard from it."""

CRITICAL_RELAYS = ("hp-failsafe", "hp-scada-ops", "aquastat-ctrl", "charge-discharge", "store-pump-failsafe")
"""Relays by which the house is heated or harmed: if one disobeys, the house is handed back."""


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
        *_sensor_rows(house),
        *_second_rows(house),
        *_system_rows(),
        *_weather_rows(settings),
    )


def _actuator_rows(house: House) -> list[Fault]:
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
    critical = tuple(r.node for r in house.relays if r.key in CRITICAL_RELAYS)
    others = tuple(r.node for r in house.relays if r.key not in CRITICAL_RELAYS)
    outputs = tuple(z.node for z in house.zero_tens)
    rows.append(
        Fault(
            "relay-disobeys", Mismatch(critical), 3, Act.HAND_BACK, "A relay of the heat path does not obey"
        )
    )
    rows.append(Fault("relay-minor-disobeys", Mismatch(others), 3, Act.NO_CONTRACT, "A relay does not obey"))
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
    ]


def _sensor_rows(house: House) -> list[Fault]:
    buffer_f = tuple(f"buffer-depth{i}" for i in (1, 2, 3))
    powers = tuple(c.name for c in house.channels if c.in_power_metering)
    rooms = tuple(f"{z.node}-temp" for z in house.zones)
    rows = [
        Fault("buffer-lost", Lost(buffer_f), 300, Act.BLIND, "No buffer temperature at all"),
        Fault("forecast-lost", NoForecast(), 300, Act.BLIND, "No weather forecast from any source"),
        Fault("rooms-lost", Lost(rooms), 300, Act.NO_CONTRACT, "No room temperature at all"),
    ]
    rows += [
        Fault(f"{name}-lost", Lost((name,)), 60, Act.NO_CONTRACT, f"Power channel {name} is silent")
        for name in powers
    ]
    for tank in house.tanks:
        for depth in (1, 2, 3):
            name = f"{tank.name}-depth{depth}"
            says = f"{tank.name} sensor {depth} is silent"
            rows.append(Fault(f"{name}-lost", Lost((name,), f"{name}-device"), 60, Act.WARN, says))
            stuck = f"{tank.name} sensor {depth} is stuck and no longer believed"
            rows.append(Fault(f"{name}-stuck", Flat(f"{name}-device"), 0, Act.WARN, stuck))
    singles = [t.channel for t in house.pipes.thermistors] + [f.node for f in house.flows]
    singles += [room for room in rooms if len(rooms) > 1] + [f"{z.node}-set" for z in house.zones]
    rows += [Fault(f"{name}-lost", Lost((name,)), 60, Act.WARN, f"{name} is silent") for name in singles]
    return rows


def _second_rows(house: House) -> list[Fault]:
    """Its channels have rows of their own; this one says why they are lost."""
    if not house.second_nodes:
        return []
    says = "The second computer is silent; what it measures is unknown"
    return [Fault("second-silent", LinkDown(SECOND_LINK, NOT_THERE), 120, Act.WARN, says)]


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
        *(Fault(name, when, for_s, Act.WARN, says, clear_s=gone_s)
          for name, when, for_s, gone_s, says in COMPUTER_ROWS),
    ]  # fmt: skip


def advance(
    rows: tuple[Fault, ...], tracks: Tracks, holds: Mapping[str, bool], mono_ms: int, wall_ms: int
) -> tuple[Tracks, tuple[str, ...], tuple[str, ...]]:
    """Debounce every row; returns (tracks, names that became active, names that cleared)."""
    if not tracks and not any(holds.values()):
        return tracks, (), ()
    found: dict[str, Track] = {}
    raised: list[str] = []
    cleared: list[str] = []
    for row in rows:
        track = tracks.get(row.name)
        if track is None and not holds[row.name]:
            continue
        after = _one(row, track, holds[row.name], mono_ms, wall_ms)
        was = track is not None and track.active_mono_ms is not None
        now_active = after is not None and after.active_mono_ms is not None
        if now_active and not was:
            raised.append(row.name)
        elif was and not now_active:
            cleared.append(row.name)
        if after is not None:
            found[row.name] = after
    return found, tuple(raised), tuple(cleared)


def _one(row: Fault, track: Track | None, holds: bool, mono_ms: int, wall_ms: int) -> Track | None:
    if track is None:
        track = Track(mono_ms)
    if track.active_mono_ms is None:
        if not holds:
            return None
        if mono_ms - track.since_mono_ms < row.for_s * 1000:
            return track
        return Track(track.since_mono_ms, mono_ms, wall_ms)
    if row.clears is Clears.AFTER:
        return None if mono_ms - track.active_mono_ms >= row.clear_s * 1000 else track
    if holds:
        return track if track.gone_mono_ms is None else _gone(track, None)
    gone = track.gone_mono_ms if track.gone_mono_ms is not None else mono_ms
    return None if mono_ms - gone >= row.clear_s * 1000 else _gone(track, gone)


def _gone(track: Track, gone_mono_ms: int | None) -> Track:
    if gone_mono_ms == track.gone_mono_ms:
        return track
    return Track(track.since_mono_ms, track.active_mono_ms, track.active_wall_ms, gone_mono_ms)
