"""One decision in progress: look, judge, hear, move, conclude."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from states import (
    choose,
    contract,
    contract_step,
    figures,
    flat,
    heatpump,
    metering,
    notes,
    overlays,
    plausible,
    side,
    stalls,
    vetoes,
)
from states.conditions import Ground
from states.faults import Act, advance
from states.hearing import Told
from states.image import Decision, Event, FaultView, Image, Noted, Overview, Readings, Say, SayGlitch
from states.overlays import Moment
from states.predicates import Plant
from states.scene import Scene
from states.seen import seen_of
from states.state import State
from states.tables import ADMIN, HANDED_BACK, MONITOR
from states.view import View, tank_temperatures

if TYPE_CHECKING:
    from states.decide import Decider

GLITCH_LEVEL = {
    Act.WARN: "Warning",
    Act.NO_CONTRACT: "Error",
    Act.BLIND: "Error",
    Act.HEAT_OFF: "Critical",
    Act.HAND_BACK: "Critical",
}
MOST_STEPS = 3
"""Of one compound transition: a person lets go, the contract is still live, its strategy chooses."""
NO_EVENTS: tuple[Event, ...] = ()
NO_JOURNAL: tuple[Noted, ...] = ()
HOT_WITHIN_F = 10.0
NOT_OURS = (ADMIN, HANDED_BACK, MONITOR)
"""Where somebody else calls for heat."""


class Tick:
    """One step in progress; lives for one call of `decide`."""

    def __init__(self, decider: Decider, image: Image) -> None:
        self.d = decider
        self.image = image
        self.now = image.now
        self.state: State = image.state
        self.events: list[Event] = []
        self.say: list[Say] = []
        self.journal: list[Noted] = []
        self.period = decider.calendar.at(image.now.wall_ms // 1000)

    # ---------------------------------------------------------------------------------------- look

    def look(self) -> None:
        """Readings into control's units, stuck ones out; power, watch, guards, figures."""
        d, image, state = self.d, self.image, self.state
        missed = stalls.noted(state.stalls, self.now.mono_ms, image.missed_ms)
        boot_ms = state.boot_mono_ms
        if not state.started:  # what a slow start took before the first look is nobody's silence
            boot_ms = max(boot_ms, self.now.mono_ms - d.settings.loop.tick_ms)
        flats = flat.watch(d.lens, image, state.flats)
        self.stuck = flat.stuck(d.lens, image, flats)
        doubts = plausible.watch(d.paces, d.lens.board, image, state.doubts)
        held = doubts.held()
        self.out = self.stuck | d.board if doubts.common.since_ms is not None else self.stuck
        temps = tank_temperatures(d.lens, image, state.derived, self.stuck, held)
        view = self.view = View(d.lens, image, temps, held, self.out, missed)
        power = d.power_w(view)
        energy, added_wh = metering.step(state.energy, self.now, power)
        span_ms = self.now.mono_ms - (state.energy.at_mono_ms or self.now.mono_ms)
        booked = contract.book(state.contract, self.now, added_wh, span_ms)
        odu, idu = view.value("hp-odu-pwr"), view.value("hp-idu-pwr")
        hp_w = None if odu is None or idu is None else odu + idu
        self.hp_w = hp_w
        sight = heatpump.Sight(
            called_ms=d.called_ms(image),
            power_w=hp_w,
            flow_gpm=view.value("primary-flow"),
            hot=(view.value("hp-ewt") or 0.0) >= state.params.max_ewt_f - HOT_WITHIN_F,
            ours=state.path not in NOT_OURS,
            wanted=state.wants_heat,
        )
        hp = heatpump.step(state.hp, self.now, sight, d.settings.heat_pump.running_w)
        guards = overlays.watch(state.guards, d.house, d.settings, view, d.water, self.now.mono_ms)
        figs = state.figures
        if figures.due(state, image):
            figs = figures.work_out(d.lens, d.calendar, image, state, view)
        self.derived: Readings = {**temps, **figures.as_readings(figs, image)}
        self.state = replace(
            state,
            boot_mono_ms=boot_ms,
            started=True,
            stalls=missed,
            flats=flats,
            doubts=doubts,
            derived=self.derived,
            contract=booked,
            energy=energy,
            hp=hp,
            guards=guards,
            figures=figs,
        )

    # --------------------------------------------------------------------------------------- judge

    def judge(self) -> None:
        """Faults, debounced; then the latches of the strategies."""
        d, now = self.d, self.now
        ground = Ground(self.view, self.image, self.state, self.stuck, self.out)
        before = stalls.put_off(self.state.faults, self.image.missed_ms)
        tracks, raised, cleared = advance(
            d.faults, before, d.conditions.holding(ground), now.mono_ms, now.wall_ms
        )
        for name in raised:
            row = d.fault_by_name[name]
            self.event("fault", name, row.says)
            self.say.append(SayGlitch("s", GLITCH_LEVEL[row.act], name, row.says))
        for name in cleared:
            self.event("clear", name, f"over: {d.fault_by_name[name].says}")
        self.worst, self.fault_words = d.worst(tracks)
        tried_again = {"hp-does-not-start", "hp-moves-no-water", "heat-denied"}.intersection(cleared)
        hp = heatpump.forgiven(self.state.hp) if tried_again else self.state.hp
        refusals, says, events = vetoes.tell(self.state.refusals, now)
        self.say += says
        self.events += events
        self.state = replace(self.state, faults=tracks, hp=hp, refusals=refusals)
        plant = self._plant()
        ready, full = notes.store_ready(plant)
        self.ready = ready
        fresh = notes.brought_up(plant, now, self.period, ready, full)
        if fresh is not self.state.notes:
            self.state = replace(self.state, notes=fresh)

    def event(self, kind: str, name: str, words: str, before: str = "", after: str = "") -> None:
        """Something happened that people at home are told."""
        self.events.append(Event(kind, name, words, self.now.mono_ms, self.now.wall_ms, before, after))

    def _plant(self) -> Plant:
        return Plant(self.d.house, self.d.settings, self.view, self.state, self.d.charging(self.image))

    def _scene(self) -> Scene:
        in_state = self.now.mono_ms - self.state.since_mono_ms
        return Scene(self._plant(), self.now, self.period, in_state, self.ready)

    # ---------------------------------------------------------------------------------------- hear

    def hear(self) -> None:
        """Messages, the lease and the contract's own time."""
        told = self.d.ears.hear(self.state, self.image, self._barred)
        state = told.state
        unmeasured = metering.unmeasured(state.energy, self.now)
        told.take(contract_step.tick(state.contract, self.now, self.image.draw.digit, unmeasured))
        self._adopt(told)
        if self.state.admin is not None and self.now.mono_ms >= self.state.admin.until_ms:
            self.state = replace(self.state, admin=None)
            self.event("admin", "lease", "the lease ran out")
        self._leave_if_needed()

    def _adopt(self, told: Told) -> None:
        accepted = told.state.contract.contract
        if accepted is not None and accepted is not self.state.contract.contract and told.state.gave_up:
            told.put(gave_up="")
        if told.state.params is not self.state.params:
            figs = figures.work_out(
                self.d.lens, self.d.calendar, self.image, told.state, self.view, afresh=True
            )
            told.put(figures=figs)
        self.state = told.state
        self._keep(told)

    def _keep(self, told: Told) -> None:
        self.say += told.say
        self.events += told.events
        self.journal += told.journal

    def _barred(self, state: State) -> str:
        plant = Plant(self.d.house, self.d.settings, self.view, state, self.d.charging(self.image))
        scene = Scene(plant, self.now, self.period, 0, self.ready)
        return choose.bar_to_offers(scene, self.worst, self.fault_words)

    def _leave_if_needed(self) -> None:
        """A contract that the house cannot serve is left, whether it is followed already or about to be."""
        if self.state.path.startswith("AtnControlled"):
            reason = choose.reason_to_leave(self._scene(), self.worst, self.fault_words)
            gave_up = reason
        else:
            reason = choose.bar_to_contract(self._scene(), self.worst, self.fault_words)
            gave_up = self.state.gave_up
        if not reason:
            return
        verdict = contract_step.terminate(self.state.contract, self.now, self.image.draw.digit, reason)
        told = Told(self.state, self.now, self.image.draw.digit, self._barred)
        told.take(verdict)
        told.put(gave_up=gave_up)
        self.state = told.state
        self._keep(told)

    # ---------------------------------------------------------------------------------------- move

    def move(self) -> None:
        """At most one trigger; who lands on Initializing with the data at hand goes on at once."""
        for _ in range(MOST_STEPS):
            if not self._fire() or not self.state.path.endswith(".Initializing"):
                return

    def _fire(self) -> bool:
        choice = choose.choose(self._scene(), self.worst, self.fault_words)
        if choice is None:
            return False
        trigger, why = choice
        before = self.state.path
        after = self.d.machine.fire(before, trigger)
        self.event("transition", trigger, why.words, before, after)
        leaving = before.startswith("AtnControlled") and not after.startswith("AtnControlled")
        self.state = replace(
            self.state,
            path=after,
            since_mono_ms=self.now.mono_ms,
            since_wall_ms=self.now.wall_ms,
            why=why,
            analog=() if leaving else self.state.analog,
            gave_up="" if leaving else self.state.gave_up,
        )
        return True

    # ------------------------------------------------------------------------------------ conclude

    def conclude(self) -> Decision:
        """Posture, claims, tree and the overview."""
        side.turn(self)
        d, state, image = self.d, self.state, self.image
        wish = d.postures.wish(state.path, state.held, image.readbacks)
        if state.admin is not None and state.path == "Dormant.Admin" and state.admin.commands:
            wish = {**wish, **dict(state.admin.commands)}
        if state.analog:
            wish = {**wish, **dict(state.analog)}
        moment = Moment(state, state.path, self.worst, self.now.mono_ms)
        asks = d.asks_for_heat(wish) or state.guards.freeze or state.guards.comfort
        state = self.state = replace(state, wants_heat=asks and state.path not in NOT_OURS)
        wish, claimed = d.overlays.apply(wish, moment)
        tree = d.tree.of(state.path, claimed)
        overview = Overview(
            path=state.path,
            since_mono_ms=state.since_mono_ms,
            since_wall_ms=state.since_wall_ms,
            why=state.why,
            machines=side.machines(self, tree),
            tree=tree,
            claims={name: why for name, (_, why) in claimed.items()},
            derived=self.derived,
            contract=contract.view(state.contract, self.now),
            faults=self._fault_views(),
            params=state.params,
            waiting=heatpump.words(state.hp, self.now.mono_ms),
            heat=state.figures.forecast,
            plan=self._plan(),
        )
        events = tuple(self.events) if self.events else NO_EVENTS
        return Decision(
            state, wish, overview, events, tuple(self.say), seen_of(self), tuple(self.journal) or NO_JOURNAL
        )

    def _fault_views(self) -> tuple[FaultView, ...]:
        rows = self.d.fault_by_name
        return tuple(
            FaultView(name, rows[name].says, rows[name].act.name, track.active_mono_ms, track.active_wall_ms)
            for name, track in self.state.faults.items()
            if track.active_mono_ms is not None
        )

    def _plan(self) -> Mapping[str, float]:
        figs = self.state.figures
        forecast = figs.forecast
        plan: dict[str, float] = {"on_peak": float(self.period.on_peak), "peak_change_s": self.period.until_s}
        if forecast is not None:
            plan["rswt_f"] = forecast.max_rswt_f(3)
            plan["load_kw"] = forecast.load_kw[0]
            plan["oat_f"] = forecast.oat_f[0]
        if figs.usable_wh is not None:
            plan["usable_kwh"] = figs.usable_wh / 1000
        if figs.required_wh is not None:
            plan["required_kwh"] = figs.required_wh / 1000
        return plan
