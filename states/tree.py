"""The command tree: which handle bosses each actuator, derived from the state and the claims.

Handles are the GridWorks names of 2026: `auto.lc.n`, `auto.lc.backup`, `auto.lc.scada-blind`, `ltn.la`,
`admin`; sensor power belongs to `auto.pico-cycler` unless a person holds the house. With a Siegenthaler loop
the heat pump's call and the valve stand under `hp-boss` and `sieg-loop`, themselves under the strategy.
"""

from __future__ import annotations

from collections.abc import Mapping

from layouts.model import House
from states.image import Why
from states.tables import LEAVES

BOSS_OF = (
    ("HomeAlone.Normal", "auto.lc.n"),
    ("HomeAlone.ScadaBlind", "auto.lc.scada-blind"),
    ("HomeAlone.Backup", "auto.lc.backup"),
    ("AtnControlled", "ltn.la"),
    ("Dormant.Admin", "admin"),
    ("Dormant.Monitor", "auto.lc"),
    ("Fault", "auto.lc.scada-blind"),
)
"""State prefix -> handle of the boss."""

PICO_CYCLER = "auto.pico-cycler"
WITH_SIEG_LOOP = {"hp-boss": ("hp-scada-ops",), "sieg-loop": ("hp-loop-on-off", "hp-loop-keep-send")}
"""Node -> relays by layout key that stand under it, itself under the strategy; special modes have no such."""


def boss(path: str) -> str:
    """The strategy's handle in a state."""
    for prefix, handle in BOSS_OF:
        if path.startswith(prefix):
            return handle
    raise KeyError(f"no boss for state {path}")


class Tree:
    """The trees of one house, one per leaf, and what claims change about them."""

    def __init__(self, house: House) -> None:
        vdc = house.relay_by_key["vdc"].node
        self._of: dict[str, Mapping[str, str]] = {}
        for leaf in LEAVES:
            handle = boss(leaf)
            tree = dict.fromkeys(house.actuators, handle)
            if handle != "admin":
                tree[vdc] = PICO_CYCLER
            if house.use_sieg_loop and leaf.startswith(("HomeAlone.Normal", "AtnControlled")):
                for node, keys in WITH_SIEG_LOOP.items():
                    tree[node] = handle
                    tree |= {house.relay_by_key[key].node: f"{handle}.{node}" for key in keys}
            self._of[leaf] = tree

    def of(self, path: str, claimed: Mapping[str, tuple[str, Why]]) -> Mapping[str, str]:
        """Actuator -> boss handle; the same object for the same leaf while nothing is claimed."""
        tree = self._of[path]
        over = {name: handle for name, (handle, _) in claimed.items() if handle}
        return {**tree, **over} if over else tree
