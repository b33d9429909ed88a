"""Random lives of the whole program on its simulated house: weather, faults, contracts, people, clocks.

Everything follows from a seed. An oracle written apart from the program (`tests/oracle.py`) watches what the
relay boards really show; beside it the house itself is watched: nobody freezes, no tick breaks.
"""

from __future__ import annotations

from random import Random
from typing import Any

from msgspec.structs import replace

from hw.twin.faults import (
    BrownOut,
    Bus,
    BusFault,
    ContactFault,
    DeadPart,
    Fault,
    Meter,
    MeterFault,
    Part,
    Pico,
    PicoFault,
    PinFault,
    Thermistor,
    ThermistorFault,
)
from layouts.load import load_house
from layouts.model import House
from layouts.settings import Settings
from states.image import HeardAdmin, HeardRelease
from tests.atn.season import Stage, stage
from tests.oracle import Facts, Oracle

START_MS = 1_769_490_000_000
"""2026-01-27 00:00 in Maine."""


class Outlaw:
    """An ATN's rule that offers anything, wise or not."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def watts(self, *_: Any) -> tuple[int, str]:
        """Zero, a little, everything."""
        return self._rng.choice((0, 0, 1_500, 5_000, 7_720, 9_660)), "chance"


class Life:
    """One program, one house, one seed. `live` returns what was found wrong, at the first tick it was."""

    def __init__(self, seed: int, house: str = "orange") -> None:
        self.rng = rng = Random(seed)
        self.tick_ms = rng.choice((1_000, 2_000, 5_000, 10_000))
        site = Settings()
        twin = replace(
            site.twin,
            seed=seed,
            tank_start_f=rng.choice((60.0, 85.0, 115.0, 150.0)),
            room_start_f=rng.choice((58.0, 66.0, 68.0)),
            heat_pump=rng.choice(("lg_ht", "lg_ht", "ecodan")),
        )
        self.site = replace(site, twin=twin)
        start_ms = START_MS + rng.randrange(24) * 3_600_000
        self.stage: Stage = stage(load_house(house), self.site, start_ms, self.tick_ms, atn=True)
        if self.stage.atn is not None:
            self.stage.atn.rule = Outlaw(rng)  # type: ignore[assignment]
        self.house: House = self.stage.house
        now = self.stage.clock.now()
        self.oracle = Oracle(self.house, self.site.limits, self.site.heat_pump, now)
        self.node_of = {relay.index: relay.node for relay in self.house.relays}
        self.told: list[str] = []
        self.coldest_c = 99.0
        self._hear = self.stage.program.hear

    def coils(self) -> dict[str, int]:
        """What the relay boards really show."""
        energised = self.stage.world.relays.contacts
        return {node: int(index in energised) for index, node in self.node_of.items()}

    def live(self, hours: float) -> list[str]:
        """Let the house live, with something happening every quarter of an hour or so."""
        for _ in range(round(hours * 3_600_000 / self.tick_ms)):
            if self.rng.random() < self.tick_ms / 900_000:
                self._happen()
            found = self._tick()
            if found:
                return [*self.told[-6:], *found]
        return []

    def _tick(self) -> list[str]:
        program = self.stage.program
        shown = self.coils()
        found: list[str] = self.oracle.see(self.stage.clock.now(), shown, Facts(external=True))
        self.stage.step(self.tick_ms)
        found += self.oracle.see(self.stage.clock.now(), self.coils(), self._facts())
        self.coldest_c = min(self.coldest_c, *(room.air_c for room in self.stage.world.plant.rooms))
        if program.failures.last:
            found.append(program.failures.last)
        return found

    def _facts(self) -> Facts:
        """What the program could know, and what its boards did with its commands."""
        image, decision, governed = self.stage.program.last
        seen = decision.seen
        coils = self.coils()
        backs = image.readbacks
        return Facts(
            path=decision.overview.path,
            emergency=seen.exempt.emergency,
            astray=frozenset(node for node, coil in coils.items() if governed.outputs[node] != coil),
            silent=frozenset(n for n in coils if n not in backs or backs[n].value is None),
            asserted=frozenset(decision.wish),
            start_delay_ms=self.stage.program.start_delay_ms,
            lwt_c=seen.lwt_c,
            ewt_c=seen.ewt_c,
            hottest_water_c=seen.hottest_water_c,
            coldest_water_c=seen.coldest_water_c,
            oat_c=seen.oat_c,
            coldest_room_f=seen.coldest_room_f,
            primary_gpm=seen.primary_gpm,
            hp_w=seen.hp_w,
        )

    # ----------------------------------------------------------------------------- what happens

    def _happen(self) -> None:
        act = self.rng.choice(
            (
                self._fault,
                self._fault,
                self._heal,
                self._heal,
                self._link,
                self._person,
                self._setpoint,
                self._clock,
            )
        )
        act()

    def _note(self, words: str) -> None:
        self.told.append(f"{self.stage.clock.now().mono_ms} {words}")

    def _fault(self) -> None:
        fault = self._some_fault()
        self._note(f"{fault}")
        self.stage.world.inject(fault)

    def _some_fault(self) -> Fault:
        rng, house = self.rng, self.house
        address = rng.choice((*house.relay_boards, *house.dac_boards, *house.pipes.addresses))
        relay = rng.choice(house.relays).index
        return rng.choice(
            (
                BusFault(rng.choice(list(Bus)), address, hits=rng.choice((0, 1, 3)), of=rng.choice((0, 7))),
                BusFault(rng.choice(list(Bus)), None, hits=rng.choice((1, 20))),
                BrownOut(rng.choice((*house.relay_boards, *house.dac_boards))),
                PinFault(relay, rng.random() < 0.5),
                ContactFault(relay, rng.random() < 0.5),
                ThermistorFault(
                    rng.choice(house.pipes.thermistors).channel, rng.choice(list(Thermistor)), amount=3.0
                ),
                MeterFault(rng.choice(list(Meter)), delay_ms=rng.choice((500, 5_000))),
                PicoFault(rng.choice(house.tanks).name, rng.choice(list(Pico))),
                PicoFault(rng.choice(house.flows).node, rng.choice(list(Pico))),
                PicoFault(house.hub.node, rng.choice(list(Pico))),
                DeadPart(rng.choice(list(Part))),
            )
        )

    def _heal(self) -> None:
        self._note("everything is repaired")
        self.stage.world.heal()

    def _link(self) -> None:
        self.stage.broker.up = not self.stage.broker.up
        self._note(f"broker {'up' if self.stage.broker.up else 'down'}")

    def _person(self) -> None:
        rng = self.rng
        if rng.random() < 0.3:
            heard: Any = HeardRelease("admin", "admin")
        else:
            actuator = rng.choice(self.house.actuators)
            most = 1 if actuator in self.house.relay_by_node else 100
            heard = HeardAdmin("admin", "admin", actuator, rng.randint(0, most), rng.choice((60, 900, None)))
        self._note(f"{heard}")
        program, hear = self.stage.program, self._hear
        program.hear = lambda now: (heard, *self._once(hear, now))

    def _once(self, hear: Any, now: Any) -> Any:
        self.stage.program.hear = hear
        return hear(now)

    def _setpoint(self) -> None:
        zone = self.rng.choice(self.house.zones).node
        degrees = self.rng.choice((60.0, 66.0, 68.0, 70.0, 74.0))
        self._note(f"{zone} set to {degrees}")
        self.stage.world.set_setpoint(zone, degrees)

    def _clock(self) -> None:
        step_s = self.rng.choice((-3_600, -5, 5, 61, 3_600))
        self._note(f"wall clock steps by {step_s} s")
        self.stage.clock.step_wall(step_s * 1000)
