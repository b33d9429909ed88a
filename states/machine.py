"""The hierarchical machine: `transitions` fed with the tables, no callbacks, no conditions inside.

The state lives in the process image. Each tick the machine is set to it and at most one trigger fires, so
nothing of the machine survives a tick and a tape of images replays to the same path.
"""

from __future__ import annotations

from transitions import MachineError
from transitions.extensions.nesting import HierarchicalMachine, NestedState

from states.tables import LEAVES, STATES, TRANSITIONS


class DottedState(NestedState):
    """A nested state whose path is written with dots; the default separator splits names on `_`."""

    separator = "."


class _Dotted(HierarchicalMachine):
    state_cls = DottedState


class _Place:
    """Where the machine stands: the model `transitions` moves."""

    state: str = LEAVES[0]


class IllegalTrigger(RuntimeError):
    """A trigger was fired in a state that has no row for it: a bug, not an input."""


class Machine:
    """`fire(path, trigger) -> path`, and which triggers a path knows."""

    def __init__(self) -> None:
        self._place = _Place()
        self._machine = _Dotted(
            model=self._place,
            states=STATES,
            initial=LEAVES[0],
            transitions=[{"trigger": t, "source": source, "dest": to} for t, source, to, _ in TRANSITIONS],
            auto_transitions=False,
            send_event=False,
        )
        self.legal: dict[str, frozenset[str]] = {leaf: self._triggers_of(leaf) for leaf in LEAVES}
        """Leaf path -> triggers that have a row there; asked every tick, so worked out once."""

    def _triggers_of(self, leaf: str) -> frozenset[str]:
        found = set()
        for trigger, source, _, _ in TRANSITIONS:
            for place in [source] if isinstance(source, str) else source:
                if leaf == place or leaf.startswith(place + "."):
                    found.add(trigger)
        return frozenset(found)

    def fire(self, path: str, trigger: str) -> str:
        """The leaf path after `trigger`; raises `IllegalTrigger` where the table has no row."""
        self._machine.set_state(path, self._place)
        try:
            self._place.trigger(trigger)  # type: ignore[attr-defined]
        except (MachineError, AttributeError) as error:
            raise IllegalTrigger(f"{trigger} has no row in state {path}") from error
        return str(self._place.state)
