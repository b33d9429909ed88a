"""The invariants a second time: judged from outside, on what the relay boards really show.

Written apart from the governor; it shares no code, no constant and no table with it. It looks at each tick
after the write, so what it reports really happened. Where a rule allows "the next tick" or two seconds
between changes, the oracle allows it too, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping

from layouts.model import House
from layouts.settings import HeatPump, Limits
from states.image import Now
from tests.oracle_heat import Flow, Starts, Water
from tests.oracle_look import Facts, Look, Parts
from tests.oracle_relays import Boards, Boss, Leases, Pumps, Sources

__all__ = ["Facts", "Oracle"]


class Oracle:
    """`see` every tick; what it returns must be empty."""

    def __init__(self, house: House, limits: Limits, heat_pump: HeatPump, now: Now) -> None:
        self.parts = Parts.of(house)
        self._limits, self._heat_pump = limits, heat_pump
        self._positions: dict[str, int] = {}
        self.boards = Boards(self.parts)
        self.starts = Starts(heat_pump)
        self.pumps = Pumps(heat_pump)
        self.restart(now)

    def restart(self, now: Now) -> None:
        """The process was started again; what boards and compressor did before is not forgotten."""
        t = now.mono_ms
        self._before = self._out_of_reach = t
        self._alone: frozenset[str] = frozenset()
        self.starts.restart(t)
        self.pumps.restart(t)
        self.water = Water(self._limits)
        self.flow = Flow(self._heat_pump, t)
        self.sources = Sources(self._limits)
        self.leases = Leases(self.parts, t)
        self.boss = Boss()

    def see(self, now: Now, readbacks: Mapping[str, int], facts: Facts) -> list[str]:
        """Violations as "I07 words", those of this tick only."""
        new = dict(readbacks)
        if set(new) != self.parts.nodes:
            return ["I20 the boards do not show exactly the relays of the house"]
        t, old = now.mono_ms, self._positions or new
        self._positions = new
        if facts.external:
            self._moved_alone(t, old, new)
            return []
        if facts.astray:
            self._out_of_reach = t
        tick = t - self._before
        self._before = t
        look = Look(
            t=t,
            tick=tick,
            obeyed=t - self._out_of_reach > 2_000 + 2 * tick,
            old=old,
            new=new,
            parts=self.parts,
            facts=facts,
            alone=self._alone,
        )
        self._alone = frozenset()
        return self._judge(look)

    def _moved_alone(self, t: int, old: Mapping[str, int], new: Mapping[str, int]) -> None:
        """Between two ticks: nobody is blamed, and what else was true then no program could see."""
        look = Look(t=t, tick=0, obeyed=False, old=old, new=new, parts=self.parts, facts=Facts(external=True))
        self._alone = frozenset(node for node in new if new[node] != old[node])
        if self._alone:
            self._out_of_reach = t
        self.pumps.remember(look)
        self.boards.remember(look)

    def _judge(self, look: Look) -> list[str]:
        water, flow, starts = self.water, self.flow, self.starts
        if starts.before_the_write(look):
            flow.proven = False
        water.look(look)
        self.pumps.look(look, starts.may_run)
        flow.look(look, starts.run_start)
        excused = water.may_hold or flow.dry
        found = starts.judge(look, excused) + water.judge(look) + flow.judge(look, starts.run_start)
        found += self.sources.judge(look) + self.pumps.judge(look) + self.boards.judge(look, water)
        found += self.leases.judge(look, water, self.pumps) + self.boss.judge(look)
        if starts.after_the_write(look):
            flow.proven = False
        self.pumps.remember(look)
        self.boards.remember(look)
        water.remember()
        return found
