"""The pico cycler: takes the sensor modules' power away for a moment when one of them has fallen silent.

A small machine with the GridWorks states. It is patient where the reference shakes every module for one late
post: a module must be silent for its stale time, the bus is cycled at most every ten minutes and six times a
day, a module that three cycles did not wake is left alone for ever longer, and when every module is silent
at once it is the network that is down, which no relay can mend. Source: hardware facts 2.8, fault row F210.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from layouts.model import House
from states.image import Why
from states.view import View

LIVE, OPENING, OPEN, CLOSING, REBOOTING = (
    "PicosLive",
    "RelayOpening",
    "RelayOpen",
    "RelayClosing",
    "PicosRebooting",
)
ZOMBIES, DORMANT = "AllZombies", "Dormant"

OPEN_MS = 5_000
MOVE_MS = 10_000
"""A relay that has not moved by then does not: give up, its own fault row speaks."""
REBOOT_MS = 60_000
"""A module boots in 45 s at most and posts when it is up."""
PATIENCE_MS = 180_000
"""After a start nobody counts as silent before: modules and network may have started with us."""
SPACING_MS = 10 * 60_000
DAY_MS = 24 * 3_600_000
PER_DAY = 6
ATTEMPTS = 3
"""Cycles in a row without a word: a zombie, tried again after a growing pause."""
ZOMBIE_PAUSE_MS = 30 * 60_000
ZOMBIE_PAUSE_MOST_MS = DAY_MS
NOBODY: frozenset[str] = frozenset()


class PicoCycler(Struct, frozen=True):
    """Where the machine stands, when it cycled, and how often in vain for each silent module."""

    state: str = LIVE
    since_ms: int = 0
    cycles_ms: tuple[int, ...] = ()
    """Of the last day, mono ms."""
    vain: MappingProxyType[str, int] = MappingProxyType({})
    for_whom: str = ""
    """The module this cycle is for."""

    @property
    def holds_power(self) -> bool:
        """Sensor power is to be off."""
        return self.state in (OPENING, OPEN)


class Module(Struct, frozen=True):
    """A module, the raw channels it feeds, and whether they come by way of the second computer."""

    name: str
    channels: tuple[str, ...]
    second: bool


def modules(house: House) -> tuple[Module, ...]:
    """Every module that hangs on the sensor power of this house."""
    fed = {t.name: tuple(f"{t.name}-depth{i}-device" for i in (1, 2, 3)) for t in house.tanks if t.enabled}
    fed |= {flow.node: (flow.node,) for flow in house.flows if flow.enabled}
    fed |= {btu.node: (btu.flow, btu.hot, btu.cold) for btu in house.btus if btu.enabled}
    return tuple(Module(name, channels, name in house.second_nodes) for name, channels in fed.items())


def silent(known: Iterable[Module], view: View, up_ms: int) -> frozenset[str]:
    """Modules of which every channel is too old, or was never heard since a start long enough ago.

    Where all that the second computer hears is silent, it is that computer: its modules do not count.
    """
    mute = [module for module in known if all(_mute(view, c, up_ms) for c in module.channels)]
    if not mute or up_ms < PATIENCE_MS:
        return NOBODY
    at_second = [module for module in known if module.second]
    if at_second and all(module in mute for module in at_second):
        mute = [module for module in mute if not module.second]
    return frozenset(module.name for module in mute)


def _mute(view: View, channel: str, up_ms: int) -> bool:
    """No reading of any quality within the stale time: a bad reading is a fault, but not silence.

    One that was never heard may just boot as we do.
    """
    age_ms = view.age_ms(channel)
    stale_ms = view.stale_ms(channel)
    return up_ms > max(stale_ms, REBOOT_MS) if age_ms is None else age_ms > stale_ms


def step(
    cycler: PicoCycler, mono_ms: int, mute: frozenset[str], known: int, relay: int | None, free: bool
) -> PicoCycler:
    """One tick. `mute` of `known` modules are silent; `relay` is the power relay's readback (1: power off).

    `free`: nobody else holds the relay (no person, no hand-back).
    """
    if not free:
        return cycler if cycler.state == DORMANT else _to(cycler, DORMANT, mono_ms)
    after = _STEPS[cycler.state](_heard(cycler, mute), mono_ms, mute, known, relay)
    return cycler if after == cycler else after


def _heard(cycler: PicoCycler, mute: frozenset[str]) -> PicoCycler:
    """Any word of a module clears what is held against it."""
    if cycler.vain.keys() <= mute:
        return cycler
    return replace(cycler, vain=MappingProxyType({n: c for n, c in cycler.vain.items() if n in mute}))


def _to(cycler: PicoCycler, state: str, mono_ms: int) -> PicoCycler:
    return replace(cycler, state=state, since_ms=mono_ms)


def _live(
    cycler: PicoCycler, mono_ms: int, mute: frozenset[str], known: int, relay: int | None
) -> PicoCycler:
    if not mute:
        return cycler if cycler.state == LIVE else _to(cycler, LIVE, mono_ms)
    recent = tuple(t for t in cycler.cycles_ms if mono_ms - t < DAY_MS)
    if len(mute) == known and known > 1:
        return cycler  # all at once: the network or the supply, not a module
    if len(recent) >= PER_DAY or (recent and mono_ms - recent[-1] < SPACING_MS):
        return cycler
    due = sorted(name for name in mute if _due(cycler.vain.get(name, 0), recent, mono_ms))
    if not due:
        return cycler if cycler.state == ZOMBIES else _to(cycler, ZOMBIES, mono_ms)
    return replace(
        cycler, state=OPENING, since_ms=mono_ms, cycles_ms=(*recent, mono_ms), for_whom=", ".join(due)
    )


def _due(vain: int, recent: tuple[int, ...], mono_ms: int) -> bool:
    """The first three cycles come as they may; after that each pause is twice as long."""
    if vain < ATTEMPTS:
        return True
    pause_ms = min(ZOMBIE_PAUSE_MS << (vain - ATTEMPTS), ZOMBIE_PAUSE_MOST_MS)
    return not recent or mono_ms - recent[-1] >= pause_ms


def _opening(
    cycler: PicoCycler, mono_ms: int, mute: frozenset[str], known: int, relay: int | None
) -> PicoCycler:
    if relay == 1:
        return _to(cycler, OPEN, mono_ms)
    return _to(cycler, LIVE, mono_ms) if mono_ms - cycler.since_ms >= MOVE_MS else cycler


def _open(
    cycler: PicoCycler, mono_ms: int, mute: frozenset[str], known: int, relay: int | None
) -> PicoCycler:
    return _to(cycler, CLOSING, mono_ms) if mono_ms - cycler.since_ms >= OPEN_MS else cycler


def _closing(
    cycler: PicoCycler, mono_ms: int, mute: frozenset[str], known: int, relay: int | None
) -> PicoCycler:
    if relay == 0:
        return _to(cycler, REBOOTING, mono_ms)
    return _to(cycler, LIVE, mono_ms) if mono_ms - cycler.since_ms >= MOVE_MS else cycler


def _rebooting(
    cycler: PicoCycler, mono_ms: int, mute: frozenset[str], known: int, relay: int | None
) -> PicoCycler:
    if not mute:
        return _to(cycler, LIVE, mono_ms)
    if mono_ms - cycler.since_ms < REBOOT_MS:
        return cycler
    vain = MappingProxyType({name: cycler.vain.get(name, 0) + 1 for name in sorted(mute)})
    return replace(cycler, state=LIVE, since_ms=mono_ms, vain=vain)


def _dormant(
    cycler: PicoCycler, mono_ms: int, mute: frozenset[str], known: int, relay: int | None
) -> PicoCycler:
    return _to(cycler, LIVE, mono_ms)


_STEPS = {
    LIVE: _live,
    ZOMBIES: _live,
    OPENING: _opening,
    OPEN: _open,
    CLOSING: _closing,
    REBOOTING: _rebooting,
    DORMANT: _dormant,
}


def why(cycler: PicoCycler) -> Why | None:
    """Why sensor power is off, while it is."""
    if not cycler.holds_power:
        return None
    return Why("PicoCycler", f"no word from {cycler.for_whom}: sensor power is off for a moment")
