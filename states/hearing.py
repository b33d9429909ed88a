"""What was heard in a tick, applied to the state: contracts, a person's commands, parameters, the switch.

A command counts only when its sender is the boss on that tick; whatever else arrives changes nothing but a
counted refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from layouts.model import House
from layouts.settings import Settings
from states import admin, contract, contract_hear, contract_journal, energy, metering
from states.contract_step import Verdict
from states.image import (
    Event,
    HeardAdmin,
    HeardAnalog,
    HeardHeartbeat,
    HeardLocalSwitch,
    HeardParams,
    HeardRelease,
    Image,
    Noted,
    Now,
    Say,
    SayGlitch,
    SayParams,
)
from states.state import State

UPSTREAM = "gridworks_mqtt"
RATED_MARGIN = 1.2


class Ears:
    """Applies heard messages; holds what never changes: who we are and what exists."""

    def __init__(self, house: House, settings: Settings) -> None:
        most_w = int(settings.house_model.hp_max_kw_el * 1000 * RATED_MARGIN)
        self.site = contract.Site(house.scada.alias, most_w, house.boiler)
        self._settings = settings
        self._model = energy.params_of(settings)
        self._actuators = frozenset(house.actuators)
        self._outputs = frozenset(z.node for z in house.zero_tens)
        self._by_type: dict[type, Callable[[Told, Any], None]] = {
            HeardHeartbeat: self._heartbeat,
            HeardAdmin: self._admin,
            HeardRelease: self._release,
            HeardAnalog: self._analog,
            HeardParams: self._params,
            HeardLocalSwitch: self._switch,
        }

    def hear(self, state: State, image: Image, barred: Callable[[State], str]) -> Told:
        """Apply every heard message in order; `barred` says why an offer cannot be taken now."""
        told = Told(state, image.now, image.draw.digit, barred)
        for heard in image.heard:
            self._by_type[type(heard)](told, heard)
        return told

    def _heartbeat(self, told: Told, heard: HeardHeartbeat) -> None:
        if heard.link != UPSTREAM:
            words = f"a contract heartbeat on the {heard.link} link"
            told.journal.append(contract_journal.heard_line(heard, told.state.contract, f"refused: {words}"))
            told.refuse("contract", words)
            return
        beat = heard.heartbeat
        seed = metering.used_since(told.state.energy, beat.contract.start_s, told.now)
        offer = beat.status == "Created"
        verdict = contract_hear.hear(
            told.state.contract,
            beat,
            self.site,
            told.now,
            told.digit,
            seed,
            told.barred(told.state) if offer else "",
        )
        told.take(verdict, heard)

    def _admin(self, told: Told, heard: HeardAdmin) -> None:
        if told.state.local_switch:
            told.refuse("admin", "the local switch is on")
            return
        before = told.state.admin
        hold, refusal = admin.take(before, heard, told.now, self._settings.admin_lease, self._actuators)
        if refusal:
            told.refuse("admin", refusal)
            return
        told.put(admin=hold)
        if before is not None and before.sender != heard.sender:
            told.note("admin", "takes-over", f"{heard.sender} takes over from {before.sender}")
        if heard.actuator is not None:
            told.note("admin", heard.actuator, f"{heard.sender} sets {heard.actuator} to {heard.value}")

    def _release(self, told: Told, heard: HeardRelease) -> None:
        hold, refusal = admin.release(told.state.admin, heard)
        if refusal:
            told.refuse("admin", refusal)
            return
        told.put(admin=hold)
        told.note("admin", "release", f"{heard.sender} lets go")

    def _analog(self, told: Told, heard: HeardAnalog) -> None:
        in_charge = told.state.path.startswith("AtnControlled") and heard.link == UPSTREAM
        if not in_charge:
            told.refuse("bad_boss", f"{heard.sender} is not the boss of {heard.actuator}")
        elif heard.actuator not in self._outputs or not 0 <= heard.value <= 100:
            told.refuse("analog", f"{heard.actuator} = {heard.value} is no output value")
        else:
            values = {**dict(told.state.analog), heard.actuator: heard.value}
            told.put(analog=tuple(sorted(values.items())))

    def _params(self, told: Told, heard: HeardParams) -> None:
        mistake = energy.params_mistake(heard.params) or energy.params_astray(heard.params, self._model)
        if heard.link != UPSTREAM:
            mistake = f"parameters on the {heard.link} link"
        if mistake:
            told.refuse("params", mistake)
            return
        ceiling = self._settings.house_model.max_ewt_f
        new = replace(heard.params, max_ewt_f=min(heard.params.max_ewt_f, ceiling))
        told.say.append(SayParams(heard.message_id, new, told.state.params))
        told.note("note", "params", f"{heard.sender} changed the house parameters")
        told.put(params=new)

    def _switch(self, told: Told, heard: HeardLocalSwitch) -> None:
        if heard.home == told.state.local_switch:
            return
        told.put(local_switch=heard.home, admin=None if heard.home else told.state.admin)
        told.note("admin", "local-switch", "home" if heard.home else "back to automatic")


class Told:
    """What one tick's messages came to."""

    def __init__(self, state: State, now: Now, digit: int, barred: Callable[[State], str]) -> None:
        self.state = state
        self.now = now
        self.digit = digit
        self.barred = barred
        self.say: list[Say] = []
        self.events: list[Event] = []
        self.journal: list[Noted] = []

    def put(self, **changes: Any) -> None:
        """Change the state."""
        self.state = replace(self.state, **changes)

    def note(self, kind: str, name: str, words: str) -> None:
        """Add an event line."""
        self.events.append(Event(kind, name, words, self.now.mono_ms, self.now.wall_ms))

    def refuse(self, name: str, words: str) -> None:
        """A message that changes nothing: an event and a glitch say so."""
        self.note("refused", name, words)
        self.say.append(SayGlitch("s", "Warning", name, words))

    def take(self, verdict: Verdict, heard: HeardHeartbeat | None = None) -> None:
        """Adopt what a contract step yielded; `heard` is what made it."""
        self.journal += contract_journal.lines(self.state.contract, verdict, heard)
        if verdict.state is not self.state.contract:
            self.put(contract=verdict.state)
        self.say += verdict.say
        for words in verdict.notes:
            self.note("contract", verdict.state.phase, words)
