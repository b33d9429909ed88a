"""The oracle's watches on the compressor, hot water and flow: each remembers what it needs, judges a tick."""

from __future__ import annotations

from layouts.settings import HeatPump, Limits
from tests.oracle_look import OFF, ON, TANK, Facts, Look, under

HOUR, DAY = 3_600_000, 86_400_000


class Starts:
    """I01 to I04: the compressor, by our call and, on the aquastat, by its power.

    Out of sight (on the aquastat without a meter, or just after process start) it may run: it is LOST if it
    ran before, MAYBE if it did not. Seen to run again, LOST may never have stopped; seen off, both have
    stopped just now. A new process does not know how long a run has lasted: it begins when it is seen.
    """

    def __init__(self, heat_pump: HeatPump) -> None:
        self._idle_w, self._running_w = heat_pump.idle_w, heat_pump.running_w
        self._starts: list[int] = []
        self._quiet_since = self.run_start = 0
        self._state = "MAYBE"

    def restart(self, t: int) -> None:
        """A new process: a stop is assumed."""
        self._boot = self._quiet_since = t
        self._state = "LOST" if self._state in ("RUNS", "LOST") else "MAYBE"
        self._reborn = True
        self._ran = False
        self._delay_ms: int | None = None

    @property
    def may_run(self) -> bool:
        """Nobody can say that it is off."""
        return self._state != "OFF"

    def before_the_write(self, look: Look) -> bool:
        """What it does up to now. True when a run is seen to begin."""
        was, power = look.call(look.old), look.facts.hp_w
        if self._delay_ms is None:
            self._delay_ms = min(300_000, look.facts.start_delay_ms)
        heat = {look.parts.five, look.parts.six}
        if heat & look.alone and not heat & look.facts.silent:
            return False  # the program still takes them to be where they were
        if was == ON or (was == TANK and power is not None and power > self._running_w):
            return self._runs(look.t, anew=self._reborn or self._state in ("OFF", "MAYBE"))
        if was == OFF or under(power, self._idle_w):
            self._off(look.t)
        elif power is None:
            self._lost(look.t)
        return False

    def after_the_write(self, look: Look) -> bool:
        """Take in what the write did; true when a run begins with it."""
        if look.call(look.new) == ON:
            return self._runs(look.t, anew=self._state != "RUNS")
        if look.call(look.new) == OFF:
            self._off(look.t)
        return False

    def _runs(self, t: int, anew: bool) -> bool:
        if anew:
            self.run_start = t
            self._starts = [s for s in self._starts if t - s < HOUR] + [t]
        self._state, self._reborn, self._ran = "RUNS", False, True
        return anew

    def _off(self, t: int) -> None:
        if self._state != "OFF":
            self._quiet_since = t
        self._state, self._reborn = "OFF", False

    def _lost(self, t: int) -> None:
        if self._state == "RUNS":
            self._quiet_since = t
        self._state = {"RUNS": "LOST", "OFF": "MAYBE"}.get(self._state, self._state)

    def judge(self, look: Look, excused: bool) -> list[str]:
        """Against the call as the write left it, if that is what was told."""
        if not look.ours(look.parts.five, look.parts.six):
            return []
        was, call = look.call(look.old), look.call(look.new)
        found = []
        if call == ON and was != ON and self._state != "RUNS":
            found += self._start(look)
        young = look.t - self.run_start < 600_000
        excused = excused or look.facts.emergency or look.handed_back
        ran = self._state in ("RUNS", "LOST")
        if call == OFF and was != OFF and ran and young and not excused:
            found.append(f"I02 stopped after {look.t - self.run_start} ms")
        return found

    def _start(self, look: Look) -> list[str]:
        found = []
        rest = look.t - self._quiet_since
        if rest < 300_000:
            found.append(f"I01 started after a rest of {rest} ms")
        if len([s for s in self._starts if look.t - s < HOUR]) >= 4:
            found.append("I03 a fifth start within an hour")
        facts = look.facts
        cold = under(facts.coldest_room_f, 59.0) or under(facts.coldest_water_c, 7.0) or facts.emergency
        due = self._boot + 300_000 + (self._delay_ms or 0)
        if not self._ran and not cold and look.t < due:
            found.append(f"I04 first start {due - look.t} ms too early")
        return found


class Water:
    """I05, I06: too hot."""

    def __init__(self, limits: Limits) -> None:
        self._trip_c, self._hot_c = min(90.0, limits.lwt_max_c), min(90.0, limits.tank_max_c)
        self._since: int | None = None
        self.tripped = self.hot = self.may_hold = self._was_tripped = self._was_hot = False

    def look(self, look: Look) -> None:
        """Trip: five seconds of valid readings above the trip, ended by one that is not."""
        facts = look.facts
        self.hot = any(c is not None and c > self._hot_c for c in (facts.lwt_c, facts.hottest_water_c))
        if facts.lwt_c is not None:
            if facts.lwt_c <= self._trip_c:
                self._since = None
            elif self._since is None:
                self._since = look.t
            self.tripped = self._since is not None and look.t - self._since >= 5_000
        self.may_hold = self.hot or self.tripped or (self.may_hold and not self._cool(facts))

    def _cool(self, facts: Facts) -> bool:
        """Three degrees below every limit, and known to be."""
        if facts.lwt_c is None or facts.hottest_water_c is None:
            return False
        lwt_limit = min(self._trip_c, self._hot_c) - 3.0
        return facts.lwt_c <= lwt_limit and facts.hottest_water_c <= self._hot_c - 3.0

    def judge(self, look: Look) -> list[str]:
        """Off at the latest one tick after it was due; before the first decision nothing may be energised."""
        if not look.obeyed or look.handed_back or not look.facts.evaluated:
            return []
        found = []
        call = look.call(look.new)
        if self.tripped and self._was_tripped and call == ON:
            found.append("I05 called although the leaving water is too hot")
        if self.hot and self._was_hot and (call != OFF or look.armed(look.new)):
            found.append("I06 water too hot and a source is not off")
        if self.hot and self._was_hot and look.pump_off(look.new) and not look.pump_off(look.old):
            found.append("I06 water too hot and the purge path closes")
        return found

    def remember(self) -> None:
        """One tick more."""
        self._was_tripped, self._was_hot = self.tripped, self.hot

    @property
    def urgent(self) -> bool:
        """Now or a tick ago: sources go off at once and against their owner."""
        return self.hot or self._was_hot or self.tripped or self._was_tripped


class Flow:
    """I08: heat only with flow; by the meter, or by lift where the meter is silent."""

    def __init__(self, heat_pump: HeatPump, t: int) -> None:
        self._idle_w, self._delay = heat_pump.idle_w, 1000 * heat_pump.pump_delay_s
        self._last_ok: int | None = None
        self._known_ms = t
        """Since when the program can know who calls the heat pump: since its start, or its boards' answer."""
        self.proven = self.dry = False

    def look(self, look: Look, run_start: int) -> None:
        """`dry`: so long without flow that stopping is right."""
        facts = look.facts
        heat = (look.parts.five, look.parts.six)
        if not (look.ours(*heat) and facts.silent.isdisjoint(heat)):
            self._known_ms = look.t
        if facts.primary_gpm is not None:
            moving = facts.primary_gpm >= 0.5
        else:
            known = facts.lwt_c is not None and facts.ewt_c is not None
            moving = known and abs((facts.lwt_c or 0.0) - (facts.ewt_c or 0.0)) >= 1.0
        self.proven = self.proven or moving
        if moving or under(facts.hp_w, self._idle_w) or self._last_ok is None:
            self._last_ok = look.t
        self.dry = not moving and self._over(look.t, run_start, 0)

    def _over(self, t: int, run_start: int, grace: int) -> bool:
        """A minute over, counted from when the pump had to run or from the last flow."""
        ran = t - run_start - self._delay
        dry_for = t - (self._last_ok or 0)
        return ran >= 60_000 + grace and (not self.proven or dry_for >= 60_000 + grace)

    def judge(self, look: Look, run_start: int) -> list[str]:
        """Off at the latest a tick after the minute, reckoned from when the board was seen on."""
        if look.call(look.new) != ON or look.call(look.old) != ON or not look.obeyed:
            return []
        over = self.dry and self._over(look.t, max(run_start, self._known_ms), 1 + 2 * look.tick)
        return ["I08 called without flow or lift"] if over else []
