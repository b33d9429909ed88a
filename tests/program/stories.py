"""Golden stories: a day of the full program in virtual time, told in lines that a reviewer can check by hand.

A story file opens with a title and a stage (key and value), then stand the lines the house must print, each
perhaps followed by notes (`|`) with the arithmetic behind it. The files are written by people: nothing here
writes one. Nothing of a story is left to chance: the weather is what the stage says, hour by hour.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from hw.twin.faults import DeadPart, Fault, Part, Pico, PicoFault
from layouts.load import load_house
from layouts.settings import Settings
from states.story import SHOWN, line
from tests.atn.rule import Outlook
from tests.atn.season import Stage, stage

FOLDER = Path(__file__).resolve().parent.parent / "stories"
ZONE = ZoneInfo("America/New_York")


class Story(Struct, frozen=True):
    """A story as written down."""

    title: str
    stage: dict[str, list[str]]
    lines: tuple[str, ...]
    notes: int
    """Lines with arithmetic beside them."""

    def one(self, key: str, default: str = "") -> str:
        """The only value of a key of the stage."""
        return self.stage.get(key, [default])[0]


def read(name: str) -> Story:
    """The story `tests/stories/<name>.story`."""
    title, _, rest = (FOLDER / f"{name}.story").read_text(encoding="utf-8").partition("\n")
    stage_of: dict[str, list[str]] = {}
    lines: list[str] = []
    noted: set[int] = set()
    for text in rest.splitlines():
        if text.lstrip().startswith("|"):
            noted.add(len(lines))
        elif text[:2].isdigit():
            lines.append(text.rstrip())
        elif text.strip():
            key, _, value = text.partition(" ")
            stage_of.setdefault(key, []).append(value.strip())
    return Story(title, stage_of, tuple(lines), len(noted))


class Script:
    """An ATN that offers what the story says, and nothing in other hours."""

    def __init__(self, offers: dict[int, int]) -> None:
        self._offers = offers
        self._hour_s = 0

    def outlook(self, hour_s: int) -> list[Outlook]:
        """Remembers the hour that is asked for."""
        self._hour_s = hour_s
        return []

    def watts(
        self, ahead: list[Outlook], usable_kwh: float | None, required_kwh: float | None, running: bool
    ) -> tuple[int, str]:
        """The story's watts for that hour."""
        return self._offers.get(self._hour_s, 0), "the story says so"


def weather_file(story: Story, start: datetime, folder: Path) -> str:
    """`20` or `20 until 12:00, -10`: outdoor °F, hour by hour, two days beyond the end."""
    path = folder / "weather.csv"
    parts = [part.strip() for part in story.one("weather").split(",")]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["utc", "oat_f"])
        for hour in range(-1, int(float(story.one("hours"))) + 49):
            at = start + timedelta(hours=hour)
            value = parts[-1]
            for part in reversed(parts[:-1]):
                degrees, _, until = part.partition(" until ")
                if at < _at(start, until):
                    value = degrees
            rows.writerow([at.astimezone(UTC).isoformat(), value])
    return str(path)


def _at(start: datetime, clock: str) -> datetime:
    return datetime.combine(start.date(), datetime.strptime(clock, "%H:%M").time(), ZONE)


FAULTS: dict[str, Callable[[str], Fault]] = {
    "silence": lambda what: PicoFault(what, Pico.SILENT),
    "freeze": lambda what: PicoFault(what, Pico.FROZEN),
    "kill": lambda what: DeadPart(Part(what)),
}


class Play:
    """A story on its stage."""

    def __init__(self, story: Story, tick_ms: int, folder: Path) -> None:
        start = datetime.fromisoformat(story.one("start")).replace(tzinfo=ZONE)
        settings = Settings()
        twin = replace(settings.twin, weather_csv=weather_file(story, start, folder))
        house = load_house(story.one("house"))
        self.story, self.tick_ms = story, tick_ms
        offers = dict(_offer(start, text) for text in story.stage.get("offer", []))
        with_atn = story.one("atn", "no") == "yes"
        start_ms = int(start.timestamp()) * 1000
        self.stage: Stage = stage(house, replace(settings, twin=twin), start_ms, tick_ms, atn=with_atn)
        if self.stage.atn is not None:
            script = Script(offers)
            self.stage.atn.rule = script  # type: ignore[assignment]
            self.stage.atn.outlook = script.outlook
        self.cues = sorted(_cue(start, text) for text in story.stage.get("do", []))
        self.lines: list[str] = []
        self._fault = 0
        self.stage.program.listeners.append(
            lambda event: self.lines.append(line(event, ZONE)) if event.kind in SHOWN else None
        )

    def play(self) -> list[str]:
        """Every line of the day."""
        ticks = round(float(self.story.one("hours")) * 3_600_000 / self.tick_ms)
        for _ in range(ticks):
            now = self.stage.clock.now()
            while self.cues and self.cues[0][0] <= now.wall_ms:
                self._do(*self.cues.pop(0)[1])
            self.stage.step(self.tick_ms)
        return self.lines

    def _do(self, act: str, what: str) -> None:
        if act == "cut":
            self.stage.broker.up = False
        elif act == "mend":
            self.stage.broker.up = True
        elif act == "heal":
            self.stage.world.heal(self._fault)
        elif act == "setpoint":
            zone, _, degrees = what.partition(" ")
            self.stage.world.set_setpoint(zone, float(degrees))
        else:
            self._fault = self.stage.world.inject(FAULTS[act](what))


def _cue(start: datetime, text: str) -> tuple[int, tuple[str, str]]:
    clock, act, *what = text.split(" ", 2)
    return int(_at(start, clock).timestamp()) * 1000, (act, what[0] if what else "")


def _offer(start: datetime, text: str) -> tuple[int, int]:
    clock, watts = text.split()
    return int(_at(start, clock).timestamp()), int(watts)


def what(line: str) -> str:
    """What happened, without time and measured numbers."""
    return line[9:].partition("   ")[0].partition(":")[0]


def seconds(line: str) -> int:
    """Its time of day."""
    at = datetime.strptime(line[:8], "%H:%M:%S")
    return at.hour * 3600 + at.minute * 60 + at.second
