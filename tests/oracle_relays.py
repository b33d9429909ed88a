"""The oracle's watches on pumps, valve, relays and authority: each remembers what it needs, judges a tick."""

from __future__ import annotations

from layouts.settings import HeatPump, Limits
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
        if not (called and look.armed(look.new)):
            self._both_since = None
        elif need or not look.obeyed:
            self._both_since = look.t
        elif self._both_since is None or look.t - self._both_since > 2_000 + look.tick:
            found.append("I10 heat pump and boiler together without need")
        return found


class Pumps:
    """I07, I09: store valve against store pump, and the primary pump after heat."""

    def __init__(self, heat_pump: HeatPump) -> None:
        self._idle_w = heat_pump.idle_w
        self._ended: dict[str, int] = {}

    def restart(self, t: int) -> None:
        """A new process cannot know whether heat has just ended: it has, as for I01."""
        self._last_heat = t

    def look(self, look: Look, may_run: bool) -> None:
        """Heat: it is called, draws power whoever called it, or nobody can say that it is off."""
        power, heat = look.facts.hp_w, {look.parts.five, look.parts.six}
        if (
            may_run
            or heat & look.facts.silent
            or look.call(look.old) == ON
            or (power is not None and power > self._idle_w)
        ):
            self._last_heat = look.t

    def judge(self, look: Look) -> list[str]:
        """On the write of this tick."""
        p = look.parts
        found = []
        if look.new[p.three] == 1 and look.new[p.nine] == 1 and look.ours(p.three, p.nine):
            found.append("I07 charge valve and store pump together")
        for goes, other in ((p.three, p.nine), (p.nine, p.three)):
            rises = look.new[goes] == 1 and look.old[goes] == 0
            if rises and look.t - self._ended.get(other, look.t - DAY) < 2_000:
                found.append(f"I07 {goes} on less than 2 s after {other}")
        stops = look.pump_off(look.new) and not look.pump_off(look.old)
        if stops and look.ours(p.eleven, p.twelve):
            if self.purging(look):
                found.append("I09 the primary pump stops within 120 s of heat")
            if look.frost:
                found.append("I09 the primary pump stops in frost")
        return found

    def purging(self, look: Look) -> bool:
        """Less than two minutes since heat."""
        return look.t - self._last_heat < 120_000

    def remember(self, look: Look) -> None:
        """When valve and pump fell back, whether the heat pump is called."""
        for node in (look.parts.three, look.parts.nine):
            if look.old[node] == 1 and look.new[node] == 0:
                self._ended[node] = look.t
        if look.call(look.new) == ON:
            self._last_heat = look.t


class Boards:
    """I11: how soon a relay moves again, whoever moved it, and how often we move it."""

    def __init__(self, parts: Parts) -> None:
        self._last: dict[str, int] = {}
        self._ours: dict[str, list[int]] = {node: [] for node in parts.nodes}
        self._forced: set[str] = set()

    def judge(self, look: Look, water: Water) -> list[str]:
        """Each move of this tick's write; a forced move and the way back do not count for the day."""
        found = []
        for node, ours in self._ours.items():
            if look.new[node] == look.old[node]:
                continue
            if _must_move(node, look, water):
                self._forced.add(node)
                continue
            age = look.t - self._last.get(node, look.t - DAY)
            if age < 2_000:
                found.append(f"I11 {node} moved again after {age} ms")
            if node in self._forced:
                self._forced.remove(node)
                continue
            self._ours[node] = [m for m in ours if look.t - m < DAY] + [look.t]
            if len(self._ours[node]) > 200:
                found.append(f"I11 {node} moved more than 200 times in a day")
        return found

    def remember(self, look: Look) -> None:
        """Whoever made the move."""
        self._last |= {node: look.t for node in self._ours if look.new[node] != look.old[node]}


def _must_move(node: str, look: Look, water: Water) -> bool:
    """I12 and I26 let go at once, I05 and I06 turn a source off at once: they outrank wear (I11)."""
    p = look.parts
    if (look.handed_back or not look.facts.evaluated) and look.new[node] == 0:
        return True
    off = {p.five: 1, p.six: 1, **({p.eight: 1, p.ten: 0} if p.boiler else {})}
    return water.urgent and look.new[node] == off.get(node)


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
            elif node in free:
                self._asked[node] = max(self._asked[node], look.t - 3_000)
            elif look.new[node] == 1 and look.t - self._asked[node] > 5_000 + look.tick:
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
