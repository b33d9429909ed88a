"""DECIDE: one pure step from a frozen image to a decision. No clock, bus, socket, file, log or random.

The order is the order of the day: look, judge faults, hear, let the contract pass its time, move the
machine, read the posture off the table, lay claims over it, and say why.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from layouts.model import House
from layouts.settings import Settings
from states import overlays, pico_cycler, plausible, vetoes
from states.calendar import Calendar
from states.conditions import Conditions
from states.energy import params_of as params_of
from states.fault_table import fault_table
from states.faults import Act, Fault, Tracks
from states.governor import Governed, compile_gate, govern
from states.hearing import Ears
from states.image import (
    Decision,
    Image,
    Now,
)
from states.machine import Machine
from states.overlays import Overlays
from states.posture import Postures
from states.sieg import Sieg
from states.state import State
from states.tables import HOME, MONITOR
from states.tick import Tick
from states.tree import WITH_SIEG_LOOP, Tree
from states.view import Lens, View


class Decider:
    """Everything about one house that never changes, and `decide`."""

    def __init__(self, house: House, settings: Settings, calendar: Calendar) -> None:
        self.house = house
        self.settings = settings
        self.calendar = calendar
        self.lens = Lens(house)
        self.paces = plausible.paces(house)
        self.board = frozenset(self.lens.board)
        self.machine = Machine()
        self.postures = Postures(house)
        self.overlays = Overlays(self.postures)
        self.tree = Tree(house)
        self.faults: tuple[Fault, ...] = fault_table(house, settings)
        self.fault_by_name = {row.name: row for row in self.faults}
        self.conditions = Conditions(self.faults)
        self.ears = Ears(house, settings)
        self.gate = compile_gate(house, settings.limits, settings.heat_pump)
        self._powers = tuple(c.name for c in house.channels if c.in_power_metering)
        self.water = overlays.water_channels(house)
        self._hp = (house.relay_by_key["hp-failsafe"].node, house.relay_by_key["hp-scada-ops"].node)
        self.modules = pico_cycler.modules(house)
        self.power_relay = house.relay_by_key["vdc"].node
        self.sieg_relays = tuple(
            house.relay_by_key[key].node for key in WITH_SIEG_LOOP["sieg-loop"] if house.use_sieg_loop
        )
        self._valve = house.relay_by_key["charge-discharge"].node

    def first_state(self, now: Now) -> State:
        """The state a program without memory starts in."""
        path = MONITOR if self.settings.site.mode == "MonitorOnly" else HOME
        return State(
            path=path,
            since_mono_ms=now.mono_ms,
            since_wall_ms=now.wall_ms,
            boot_mono_ms=now.mono_ms,
            params=params_of(self.settings),
            sieg=Sieg() if self.house.use_sieg_loop else None,
        )

    def decide(self, image: Image) -> Decision:
        """One tick. Pure: the same image gives the same decision."""
        step = Tick(self, image)
        step.look()
        step.judge()
        step.hear()
        step.move()
        return step.conclude()

    def govern(self, decision: Decision) -> Governed:
        """The last gate over a decision."""
        return govern(decision.wish, decision.seen, decision.state.governor, self.gate)

    # What follows is asked by the step and by tests.

    def charging(self, image: Image) -> bool:
        """The store valve stands in charge, by readback."""
        back = image.readbacks.get(self._valve)
        return back is not None and back.value == 1

    def called_ms(self, image: Image) -> int | None:
        """When our relays were read back calling the heat pump; None: they do not, or do not answer."""
        failsafe, ops = (image.readbacks.get(name) for name in self._hp)
        if failsafe is None or ops is None or failsafe.value != 1 or ops.value != 0:
            return None
        return max(failsafe.mono_ms, ops.mono_ms)

    def asks_for_heat(self, wish: Mapping[str, int]) -> bool:
        """The wish calls the heat pump by our own relays."""
        failsafe, ops = self._hp
        return wish.get(failsafe) == 1 and wish.get(ops) == 0

    def power_w(self, view: View) -> float | None:
        """Sum of the channels in power metering; None when one is missing, or when there is none."""
        if not self._powers:
            return None
        total = 0.0
        for name in self._powers:
            value = view.value(name)
            if value is None:
                return None
            total += value
        return total

    def worst(self, tracks: Tracks) -> tuple[Act, str]:
        """The gravest act of all active faults and what that row says."""
        worst, words = Act.WARN, ""
        for name, track in tracks.items():
            row = self.fault_by_name[name]
            if track.active_mono_ms is not None and (not words or row.act > worst):
                worst, words = row.act, row.says
        return worst, words


def carried(decision: Decision, governed: Governed) -> State:
    """The state the next tick starts from: what was decided and what really went out."""
    state: State = decision.state
    life = governed.memory.life
    refusals = state.refusals if life is None else vetoes.noted(state.refusals, governed.vetoes, life.mono_ms)
    return replace(state, held=governed.outputs, governor=governed.memory, refusals=refusals)
