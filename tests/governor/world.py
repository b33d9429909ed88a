"""A world that means harm: random wishes, failing boards, jumping temperatures, restarts, an oracle."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from msgspec.structs import replace

from layouts.model import House
from layouts.settings import HeatPump, Limits
from states import governor
from states.image import Now
from tests.governor.boards import ADDRESSES, CONDITIONS, Boards
from tests.governor.drive import AQUASTAT, HP, ON, house, wish
from tests.oracle import Facts, Oracle

FLOORS = Limits(compressor_min_on_s=600, compressor_min_off_s=300, lwt_max_c=88.0)
LG = HeatPump()

LOOKS: dict[str, tuple[float | None, ...]] = {
    "lwt_c": (None, 45.0, 55.0, 55.0, 84.0, 88.0, 88.1, 89.0, 90.1),
    "ewt_c": (None, 40.0, 44.8),
    "hottest_water_c": (None, 60.0, 60.0, 60.0, 86.9, 88.0, 90.0, 90.1),
    "coldest_water_c": (None, 30.0, 30.0, 30.0, 6.9, 7.0),
    "oat_c": (None, 10.0, 10.0, 4.0, 3.9, -20.0, -20.1),
    "coldest_room_f": (None, 68.0, 68.0, 68.0, 59.0, 58.9, 55.0, 54.9),
    "primary_gpm": (None, 5.0, 5.0, 5.0, 5.0, 0.5, 0.4, 0.0),
}
POWERS: tuple[Any, ...] = ("true", "true", "true", None, 40.0, 499.0, 500.0, 800.0, 1200.0, 1201.0, 3000.0)
EVENTS = ("", "", "", "boards", "brown-out", "restart", "fault", "emergency")


class Stretch(NamedTuple):
    """What a stretch of time does; everything inside follows from `seed`."""

    ticks: int
    tick_ms: int
    wishes: int
    """How many wishes alternate, tick by tick."""
    calm: bool
    """Temperatures stay normal."""
    event: str
    seed: int


class Life(NamedTuple):
    """A house and the stretches it lives through."""

    boiler: bool
    start_delay_ms: int
    stretches: tuple[Stretch, ...]


def life_of(seed: int) -> Life:
    """The life that belongs to a seed."""
    rng = Random(seed)
    stretches = tuple(_stretch(rng) for _ in range(rng.randint(5, 25)))
    return Life(rng.random() < 0.5, rng.randint(0, 400_000), stretches)


def _stretch(rng: Random) -> Stretch:
    return Stretch(
        ticks=rng.randint(1, 100),
        tick_ms=rng.choice((100, 250, 1_000, 2_000, 3_000, 7_000, 10_000)),
        wishes=rng.choice((1, 1, 2, 3)),
        calm=rng.random() < 0.5,
        event=rng.choice(EVENTS),
        seed=rng.randrange(2**32),
    )


def first_violation(life: Life) -> str:
    """What the oracle found first, and in which stretch; empty: nothing."""
    world = World(life.boiler, life.start_delay_ms)
    for i, stretch in enumerate(life.stretches):
        found = world.live(stretch)
        if found:
            return f"{found} in stretch {i} at {world.t} ms: {stretch}"
    return ""


class World:
    """The governor in the middle; `live` returns what the oracle finds."""

    def __init__(self, boiler: bool = True, start_delay_ms: int = 0) -> None:
        self.house: House = replace(house(boiler), relay_boards=ADDRESSES)
        self.gate = governor.compile_gate(self.house, FLOORS, LG)
        self.memory = governor.GovernorMemory()
        self.t = 1_000_000
        self.delay_ms = start_delay_ms
        self.oracle = Oracle(self.house, FLOORS, LG, self.now())
        self.boards = Boards(self.house, self.now(), Random(0))
        self.evaluated = False
        self.held: dict[str, int] = {}

    def now(self) -> Now:
        """House time; the wall clock runs beside it."""
        return Now(self.t + 1_700_000_000_000, self.t, self.t)

    def live(self, stretch: Stretch) -> list[str]:
        """Live through a stretch; stops at the first tick with violations."""
        rng = Random(stretch.seed)
        self._event(stretch, rng)
        wishes = [self._wish(rng) for _ in range(stretch.wishes)]
        looks = self._looks(stretch, rng)
        flags = {"hand_back": stretch.event == "fault", "emergency": stretch.event == "emergency"}
        found = self._watch(Facts(external=True))
        for i in range(stretch.ticks):
            self.t += stretch.tick_ms
            if not stretch.calm and rng.random() < 0.05:
                looks = self._looks(stretch, rng)
            found += self.tick(wishes[i % len(wishes)], looks, flags)
            if found:
                break
        return found

    def tick(self, wanted: dict[str, int], looks: dict[str, Any], flags: dict[str, bool]) -> list[str]:
        """One tick: govern, write what the boards take, ask the oracle, which knows what the governor saw."""
        known = self._known(looks)
        seen = governor.Seen(
            mono_ms=self.t,
            readbacks=self.boards.readbacks,
            start_delay_ms=self.delay_ms,
            exempt=governor.Exempt(**flags),
            **known,
        )
        governed = governor.govern(wanted, seen, self.memory, self.gate)
        self.memory = governed.memory
        found = [] if set(governed.outputs) == set(self.gate.legal) else ["I20 outputs are not the house's"]
        found += self._only_refused(governed, wanted)
        silent = frozenset(n for n, back in self.boards.readbacks.items() if back.value is None)
        self.boards.write(governed.outputs, self.now())
        astray = frozenset(n for n, v in self.boards.coils.items() if v != governed.outputs[n])
        legal = frozenset(n for n, v in wanted.items() if v in self.gate.legal.get(n, ()))
        self.evaluated = self.evaluated or legal >= set(self.gate.legal)
        path = "Fault.HandedBack" if flags["hand_back"] else "HomeAlone.Normal.HpOnStoreCharge"
        facts = Facts(
            path=path, evaluated=self.evaluated, emergency=flags["emergency"], astray=astray,
            silent=silent, asserted=legal, start_delay_ms=self.delay_ms, **known,
        )  # fmt: skip
        return found + self._watch(facts)

    def _only_refused(self, governed: governor.Governed, wanted: dict[str, int]) -> list[str]:
        """Nothing goes out that nobody wished, that was not so before, and that is not the safe side."""
        off = {"relay5": 1, "relay6": 1, "relay8": 1}
        shown = {node: back.value for node, back in self.boards.readbacks.items()}
        found = []
        for node, value in governed.outputs.items():
            known = {wanted.get(node), self.gate.rest[node], off.get(node), shown.get(node)}
            if value not in known | {self.held.get(node)}:
                found.append(f"{node} is {value}: neither wished, nor held, nor safe")
        self.held = dict(governed.outputs)
        return found

    def _watch(self, facts: Facts) -> list[str]:
        return self.oracle.see(self.now(), self.boards.coils, facts)

    def _event(self, stretch: Stretch, rng: Random) -> None:
        self.boards.bus.rng = rng
        broken = (rng.choice(CONDITIONS), rng.choice(CONDITIONS))
        self.boards.become(*(broken if stretch.event == "boards" else ("good", "good")))
        if stretch.event == "brown-out":
            self.boards.brown_out(rng.choice((0, 1)))
        elif stretch.event == "restart":
            self._restart(rng)

    def _restart(self, rng: Random) -> None:
        past = governor.keep(self.memory, self.now())
        self.t += rng.choice((2_000, 5_000, 120_000))
        if rng.random() < 0.7:
            self.boards.release()
        self._watch(Facts(external=True))
        now = self.now()
        self.memory = governor.restore(past, Now(now.wall_ms, now.mono_ms, 0, rng.random() < 0.8))
        self.oracle.restart(now)
        self.boards.new_process(now)
        self.evaluated = False
        self.held = {}

    def _wish(self, rng: Random) -> dict[str, int]:
        pairs = (ON, ON, ON, (1, 1), (1, 1), AQUASTAT, (0, 1))
        asked = wish(rng.choice(pairs), rng.choice(((0, 0), (0, 0), (1, 1), (1, 0), (0, 1))))
        for node in ("relay3", "relay9", "relay8", "relay10", "relay14", "relay17", "relay18", "relay19"):
            if rng.random() < 0.3:
                asked[node] = rng.randint(0, 1)
        if rng.random() < 0.15:
            for node in rng.sample(sorted(asked), rng.randint(1, len(asked))):
                del asked[node]
        if rng.random() < 0.1:
            asked[rng.choice(("relay6", "relay99", "store-010v"))] = rng.choice((-1, 2, 101))
        return asked

    def _looks(self, stretch: Stretch, rng: Random) -> dict[str, Any]:
        normal = {"lwt_c": 45.0, "ewt_c": 40.0, "hottest_water_c": 60.0, "coldest_water_c": 30.0}
        normal |= {"oat_c": 6.0, "coldest_room_f": 68.0, "primary_gpm": 5.0}
        if stretch.calm:
            return {**normal, "hp_w": "true"}
        wild = {k: rng.choice(v) if rng.random() < 0.4 else normal[k] for k, v in LOOKS.items()}
        return {**wild, "hp_w": rng.choice(POWERS)}

    def _known(self, looks: dict[str, Any]) -> dict[str, Any]:
        if looks["hp_w"] != "true":
            return looks
        coils = self.boards.coils
        called = (coils[HP[0]], coils[HP[1]]) == ON
        return {**looks, "hp_w": 3000.0 if called else 40.0}
