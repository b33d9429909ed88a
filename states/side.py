"""The side machines in a tick: sensor power, the Siegenthaler loop, and what they are called outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from states import pico_cycler, sieg
from states.tables import ADMIN, HANDED_BACK, MONITOR
from states.tree import PICO_CYCLER

if TYPE_CHECKING:
    from states.tick import Tick

BELOW_MAX_EWT_F = 20.0
ABOVE_VESSEL_F = 2.0
"""Water that much warmer than the top of what it would fill does not stir it down."""


def turn(tick: Tick) -> None:
    """Both machines look once and may move."""
    _cycle_picos(tick)
    loop = tick.state.sieg
    if loop is not None:
        tick.state = replace(tick.state, sieg=sieg.step(loop, tick.now.mono_ms, _seen(tick)))


def _cycle_picos(tick: Tick) -> None:
    """Sensor modules that fell silent may be power-cycled, unless relay 1 is somebody else's."""
    d, state, now = tick.d, tick.state, tick.now
    mute = pico_cycler.silent(d.modules, tick.view, tick.view.awake_ms(state.boot_mono_ms))
    back = tick.image.readbacks.get(d.power_relay)
    free = state.path not in (ADMIN, HANDED_BACK, MONITOR)
    known, relay = len(d.modules), back.value if back else None
    pico = pico_cycler.step(state.pico, now.mono_ms, mute, known, relay, free)
    if pico is state.pico:
        return
    if pico.state == pico_cycler.OPENING:
        tick.event("note", "pico-cycler", f"no word from {pico.for_whom}: sensor power is cycled")
    tick.state = replace(state, pico=pico)


def _seen(tick: Tick) -> sieg.Seen:
    """What the loop looks at, by readback and reading alone."""
    view, d = tick.view, tick.d
    motor, direction = (tick.image.readbacks.get(node) for node in d.sieg_relays)
    return sieg.Seen(
        called=d.called_ms(tick.image) is not None,
        running=tick.state.hp.running,
        lwt_f=view.value("hp-lwt"),
        ewt_f=view.value("hp-ewt"),
        hot_f=_hot_f(tick),
        motor=motor.value if motor else None,
        direction=direction.value if direction else None,
    )


def _hot_f(tick: Tick) -> float:
    """From here on the water is worth sending: as hot as the vessel it would fill, and never out of reach."""
    limit_f = tick.state.params.max_ewt_f - BELOW_MAX_EWT_F
    vessel = "tank1-depth1" if tick.d.charging(tick.image) else "buffer-depth1"
    top_f = tick.view.value(vessel)
    return limit_f if top_f is None else min(limit_f, top_f + ABOVE_VESSEL_F)


def machines(tick: Tick, tree: Mapping[str, str]) -> Mapping[str, tuple[str, str]]:
    """GridWorks handle -> (enum, state) of the machines beside the strategy."""
    found = {PICO_CYCLER: ("pico.cycler.state", tick.state.pico.state)}
    if "hp-boss" in tree:
        called = tick.d.called_ms(tick.image) is not None
        found[f"{tree['hp-boss']}.hp-boss"] = ("gw1.hp.boss.state", "HpOn" if called else "HpOff")
    return found
