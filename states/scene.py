"""What a strategy looks at, and the answers both strategies share."""

from __future__ import annotations

from msgspec import Struct

from states.calendar import Period
from states.image import Now, Why
from states.predicates import Measured, Plant

Choice = tuple[str, Why] | None
"""A trigger and why, or None to stay."""

BUFFER = ("buffer-depth1", "buffer-depth2", "buffer-depth3")
LOOK_AROUND_MS = 60_000
"""Nothing is chosen in the first minute after a start: sensor modules post once a minute ..."""
LOOK_LIMIT_MS = 150_000
"""... and one that has not been heard by then is not waited for."""
STORE_DEFROST_GRACE_MS = 10 * 60_000
DEFROST_WAIT_MS = 20 * 60_000


class Scene(Struct, frozen=True):
    """What a strategy sees of one tick."""

    plant: Plant
    now: Now
    period: Period
    in_state_ms: int
    ready: bool
    """The store holds what the next peak needs, or cannot hold more."""


def why(rule: str, words: str, *measured: Measured) -> Why:
    """A `Why` with the numbers of what was measured."""
    numbers: list[tuple[str, float]] = []
    for m in measured:
        if m.channel:
            numbers += [(m.channel, m.value), (f"{m.channel} limit", m.limit)]
    return Why(rule, words, tuple(numbers))


def blind(plant: Plant) -> bool:
    """Not yet enough is known to choose: figures or every buffer sensor missing."""
    return plant.state.figures.required_wh is None or plant.view.first(*BUFFER) is None


def looking_around(scene: Scene) -> bool:
    """The program has just started and has not yet seen every tank: half a picture starts no compressor."""
    up_ms = scene.now.mono_ms - scene.plant.state.boot_mono_ms
    if up_ms < LOOK_AROUND_MS:
        return True
    return up_ms < LOOK_LIMIT_MS and scene.plant.unseen_depths() > 0


def warmed_up(scene: Scene) -> bool:
    """The heat pump is on long enough and at power, so that no cold slug goes into the store."""
    plant, mono = scene.plant, scene.now.mono_ms
    on_ms = plant.hp_on_ms(mono)
    if on_ms is None or on_ms < plant.params.hp_turn_on_minutes * 60_000:
        return False
    waited = plant.notes.low_power_since_ms
    return not (plant.in_defrost(mono) and (waited is None or mono - waited < DEFROST_WAIT_MS))


def defrost_while_charging(scene: Scene) -> Choice:
    """Leave charging in a defrost, but not in the first minutes, when low power is normal."""
    plant, mono = scene.plant, scene.now.mono_ms
    since = plant.notes.charging_since_ms
    if since is None or mono - since > STORE_DEFROST_GRACE_MS:
        return "DefrostDetected", why("Defrost", "the heat pump gives no heat; not into the store")
    return None
