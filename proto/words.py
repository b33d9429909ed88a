"""Our words and the GridWorks words of 2026: paths to machine states, our names to wire names."""

from __future__ import annotations

from msgspec import Struct

UPSTREAM = "gridworks_mqtt"
ADMIN = "admin"
LOCAL = "local_mqtt"
"""Names of the links; they also stand in comm events as PeerName."""

SCADA_NODE = "s"
LTN_NODE = "ltn"
SECOND_NODE = "s2"
ADMIN_NAME = "admin"
"""Short names on topics; an admin program has no alias of its own."""

TOP = ("s", "top.state")
MAIN = ("auto", "gw1.main.auto.state")
LOCAL_CONTROL = ("auto.lc", "gw1.lc.top.state")
NORMAL = ("auto.lc.n", "gw1.local.control.all.tanks.state")
LEAF_ALLY = ("ltn.la", "gw1.leaf.ally.all.tanks.state")


class MachineState(Struct, frozen=True, gc=False):
    """One GridWorks machine as the wire knows it."""

    handle: str
    enum: str
    state: str


ROWS: tuple[tuple[str, str, str, str, str, str], ...] = (
    # path or its beginning, top, main, local control, normal, leaf ally; * is the path's last word
    ("HomeAlone.Normal", "Auto", "LocalControl", "Normal", "*", "Dormant"),
    ("HomeAlone.ScadaBlind", "Auto", "LocalControl", "ScadaBlind", "Dormant", "Dormant"),
    ("HomeAlone.Backup", "Auto", "LocalControl", "UsingNonElectricBackup", "Dormant", "Dormant"),
    ("AtnControlled", "Auto", "LeafTransactiveNode", "Dormant", "Dormant", "*"),
    ("Dormant.Admin", "Admin", "Dormant", "Dormant", "Dormant", "Dormant"),
    ("Dormant.Monitor", "Auto", "LocalControl", "Monitor", "Dormant", "Dormant"),
    ("Fault", "Auto", "LocalControl", "ScadaBlind", "Dormant", "Dormant"),
)
"""What each of our states is called on the wire. The wire has no word for a house that is handed back or that
heats by the backup plan with its heat pump; they go under the nearest word that keeps an ATN away."""

_MACHINES = (TOP, MAIN, LOCAL_CONTROL, NORMAL, LEAF_ALLY)


def machine_states(path: str) -> tuple[MachineState, ...]:
    """The GridWorks machines and their states while ours is in `path`; KeyError: no such path."""
    leaf = path.rpartition(".")[2]
    for prefix, *words in ROWS:
        if path == prefix or path.startswith(prefix + "."):
            return tuple(
                MachineState(handle, enum, leaf if word == "*" else word)
                for (handle, enum), word in zip(_MACHINES, words, strict=True)
            )
    raise KeyError(f"no GridWorks words for state {path}")
