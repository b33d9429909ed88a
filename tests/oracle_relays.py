"""The oracle's watches on pumps, valve, relays and authority: each remembers what it needs, judges a tick."""

from __future__ import annotations

from layouts.settings import Limits
from tests.oracle_heat import DAY, Water
from tests.oracle_look import OFF, ON, TANK, Look, Parts, under


class Sources:
    """I08, I10: what the heat pump's call needs and excludes."""

    def __init__(self, limits: Limits) -> None:
        self._floor_f = limits.room_floor_f
        self._both_since: int | None = None

    def judge(self, look: Look) -> list[str]:
        """Two seconds of grace where both were right and the need ended."""
        found = []
        called = look.call(look.new) == ON
        mended = look.call(look.old) == ON and look.pump_off(look.old)
        if called and look.pump_off(look.new) and not mended and look.obeyed:
            found.append("I08 called with the primary pump off")
        need = under(look.facts.coldest_room_f, self._floor_f) or under(look.facts.oat_c, -20.0)
        if not (called and look.armed(look.new)) or not look.obeyed:
            self._both_since = None
        elif need:
            self._both_since = look.t
        elif self._both_since is None or look.t - self._both_since > 2_000 + look.tick:
            found.append("I10 heat pump and boiler together without need")
        return found


class Pumps:
    """I07, I09: store valve against store pump, and the primary pump after heat."""

    def __init__(self) -> None:
        self._ended: dict[str, int] = {}
        self.last_on: int | None = None

    def judge(self, look: Look) -> list[str]:
        """On the write of this tick."""
        p = look.parts
        if look.facts.external:
            return []
        found = []
        if look.new[p.three] == 1 and look.new[p.nine] == 1:
            found.append("I07 charge valve and store pump together")
        for goes, other in ((p.three, p.nine), (p.nine, p.three)):
            rises = look.new[goes] == 1 and look.old[goes] == 0
            if rises and look.t - self._ended.get(other, look.t - DAY) < 2_000:
                found.append(f"I07 {goes} on less than 2 s after {other}")
        if look.pump_off(look.new) and not look.pump_off(look.old):
            if self.purging(look):
                found.append("I09 the primary pump stops within 120 s of heat")
            if look.frost:
                found.append("I09 the primary pump stops in frost")
        return found

    def purging(self, look: Look) -> bool:
        """Less than two minutes since the last call."""
        called = look.call(look.old) == ON
        return called or (self.last_on is not None and look.t - self.last_on < 120_000)

    def remember(self, look: Look) -> None:
        """When valve and pump fell back, when the heat pump was last called."""
        for node in (look.parts.three, look.parts.nine):
            if look.old[node] == 1 and look.new[node] == 0:
                self._ended[node] = look.t
        if ON in (look.call(look.old), look.call(look.new)):
            self.last_on = look.t


class Boards:
    """I11: how often a relay moves, by itself or by us."""

    def __init__(self, parts: Parts) -> None:
        self._moves: dict[str, list[int]] = {node: [] for node in parts.nodes}

    def judge(self, look: Look, water: Water) -> list[str]:
        """Hand-back and hot water may come at once."""
        if look.facts.external or look.handed_back or water.urgent:
            return []
        found = []
        for node, moves in self._moves.items():
            if look.new[node] == look.old[node]:
                continue
            if moves and look.t - moves[-1] < 2_000:
                found.append(f"I11 {node} moved again after {look.t - moves[-1]} ms")
            if len(moves) >= 200:
                found.append(f"I11 {node} moved more than 200 times in a day")
        return found

    def remember(self, look: Look) -> None:
        """Every move counts, whoever made it."""
        for node, moves in self._moves.items():
            if look.new[node] != look.old[node]:
                self._moves[node] = [m for m in moves if look.t - m < DAY] + [look.t]


class Leases:
    """I14: what nobody asks for rests; two seconds of spacing and a tick are allowed on top."""

    def __init__(self, parts: Parts, t: int) -> None:
        self._asked = dict.fromkeys(parts.nodes, t)

    def judge(self, look: Look, water: Water, pumps: Pumps) -> list[str]:
        """Sources may be held off against heat, the primary pump on for its purge."""
        asserted, p = look.facts.asserted, look.parts
        if asserted is None:
            return []
        free = {p.five, p.six, p.eight, p.ten} if water.may_hold else set()
        if look.call(look.new) == OFF and pumps.purging(look):
            free |= {p.eleven, p.twelve}
        found = []
        for node in p.nodes:
            if node in asserted or not look.obeyed:
                self._asked[node] = look.t
            elif look.new[node] == 1 and look.t - self._asked[node] > 5_000 + look.tick and node not in free:
                found.append(f"I14 {node} energised, and nobody asks for it")
        return found


class Boss:
    """I12, I20, I26: who may energise at all."""

    def __init__(self) -> None:
        self._fault_since: int | None = None

    def judge(self, look: Look) -> list[str]:
        """On the board after the write."""
        found = []
        energised = sorted(node for node, value in look.new.items() if value == 1)
        if not look.facts.evaluated and energised and look.obeyed:
            found.append(f"I12 {energised} energised before the first decision")
        if look.call(look.new) == TANK and look.new[look.parts.six] == 1 and look.obeyed:
            found.append("I20 relay 6 energised while relay 5 rests: neither on, off nor aquastat")
        if not look.handed_back or not look.obeyed:
            self._fault_since = None
            return found
        if self._fault_since is None:
            self._fault_since = look.t
        if look.t - self._fault_since >= 5_000:
            p = look.parts
            held = [node for node in (*p.stats, p.five, p.six) if look.new[node] == 1]
            found += [f"I26 {held} not handed back"] if held else []
        return found
