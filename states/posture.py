"""From words to coils: what a posture row means for this house, and what KEEP keeps."""

from __future__ import annotations

from msgspec import Struct

from layouts.effects import ANALOG_EFFECTS, EFFECTS, KEEP, OPTIONAL_EFFECTS
from layouts.model import House
from states.image import Outputs, Readbacks
from states.tables import EFFECT_COLUMNS, POSTURES


class Compiled(Struct, frozen=True):
    """One row for this house: fixed values, and the actuators to hold."""

    fixed: dict[str, int]
    keep: tuple[str, ...]


class Postures:
    """Every leaf's posture compiled for one house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._wiring = {effect: self._actuators_of(effect) for effect in EFFECT_COLUMNS}
        self.rows = {path: self._compile(path) for path in POSTURES}

    def _relays(self, key: str) -> tuple[str, ...]:
        if key in ("zone-failsafe", "zone-ops"):
            return tuple(
                z.failsafe_relay if key == "zone-failsafe" else z.ops_relay for z in self._house.zones
            )
        relay = self._house.relay_by_key.get(key)
        return (relay.node,) if relay else ()

    def _actuators_of(self, effect: str) -> tuple[str, ...]:
        if effect in ANALOG_EFFECTS:
            node = effect.replace("_", "-")
            return tuple(z.node for z in self._house.zero_tens if z.node == node)
        keys = {key for choice in EFFECTS[effect].values() for key in choice}
        return tuple(sorted(node for key in keys for node in self._relays(key)))

    def values(self, effect: str, word: str) -> dict[str, int]:
        """Actuator values that bring `word` of `effect` about; KeyError for a word the table lacks."""
        if effect in ANALOG_EFFECTS:
            default = {z.node: z.default for z in self._house.zero_tens}
            return {n: default[n] if word == "DEFAULT" else int(word) for n in self._wiring[effect]}
        found: dict[str, int] = {}
        for key, position in EFFECTS[effect][word].items():
            nodes = self._relays(key)
            if not nodes and effect not in OPTIONAL_EFFECTS:
                raise KeyError(f"{self._house.file}: effect {effect}={word} needs relay {key!r}")
            found.update(dict.fromkeys(nodes, position))
        return found

    def _compile(self, path: str) -> Compiled:
        fixed: dict[str, int] = {}
        keep: list[str] = []
        for effect, word in zip(EFFECT_COLUMNS, POSTURES[path], strict=True):
            if word == KEEP:
                keep += self._wiring[effect]
            else:
                fixed.update(self.values(effect, word))
        spare = [n for n in self._house.actuators if n not in fixed and n not in keep]
        fixed.update(dict.fromkeys(spare, 0))
        ordered = {n: fixed[n] for n in self._house.actuators if n in fixed}
        return Compiled(ordered, tuple(keep))

    def wish(self, path: str, held: Outputs, readbacks: Readbacks) -> dict[str, int]:
        """The value of every actuator in `path`; KEEP is what went out last, else what the board shows."""
        row = self.rows[path]
        if not row.keep:
            return row.fixed
        wish = dict(row.fixed)
        for name in row.keep:
            wish[name] = kept(name, held, readbacks)
        return wish


def kept(name: str, held: Outputs, readbacks: Readbacks) -> int:
    """Last output of an actuator, else its readback, else rest."""
    if name in held:
        return held[name]
    back = readbacks.get(name)
    return back.value if back is not None and back.value is not None else 0
