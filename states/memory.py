"""What survives a restart, one frozen value: contract, parameters, starts and moves, readiness, setpoints.

It is stamped with wall time and boot id. Whatever does not decode, or was written by another version, is
refused with a sentence and the program starts as if the heat pump had just stopped.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from states import contract, metering
from states.contract import ContractState
from states.governor import GovernorPast, Life, keep, restore
from states.image import HouseParams, Now
from states.state import State

VERSION = 1
REFRESH_MS = 10_000
GAP_LIMIT_MS = 600_000
"""Energy of a longer absence cannot be guessed from the last power."""


class Memory(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The record on disk."""

    version: int = VERSION
    house: str
    """Alias of the house it was written for."""
    boot_id: str
    wall_ms: int
    synced: bool
    contract: ContractState
    params: HouseParams
    governor: GovernorPast
    declared_ready: bool
    full_wh: int | None
    setpoints_f: tuple[tuple[str, float], ...]
    power_w: float | None


def remember(state: State, now: Now, house: str, boot_id: str) -> Memory:
    """What of the state must survive."""
    return Memory(
        house=house,
        boot_id=boot_id,
        wall_ms=now.wall_ms,
        synced=now.synced,
        contract=state.contract,
        params=state.params,
        governor=keep(state.governor, now),
        declared_ready=state.notes.declared_ready,
        full_wh=state.notes.full_wh,
        setpoints_f=state.notes.setpoints_f,
        power_w=state.energy.power_w,
    )


class Keeper:
    """Says when the record must be written: at once when something of weight changed, else every 10 s."""

    def __init__(self, house: str, boot_id: str) -> None:
        self._house, self._boot_id = house, boot_id
        self._kept: Memory | None = None
        self._life: Life | None = None

    def due(self, state: State, now: Now) -> bytes | None:
        """The record to write now, or None."""
        kept = self._kept
        fresh = kept is not None and 0 <= now.wall_ms - kept.wall_ms < REFRESH_MS
        life, before = state.governor.life, self._life
        self._life = life
        if fresh and kept is not None and _same(kept, state) and _same_moves(before, life):
            return None
        found = remember(state, now, self._house, self._boot_id)
        if fresh and not changed(kept, found):
            return None
        self._kept = found
        return encode(found)

    def recall(self, state: State, raw: bytes | None, now: Now) -> tuple[State, str]:
        """The first state of this run and a sentence when a record could not be used."""
        if raw is None:
            return state, ""
        found, words = decode(raw, self._house)
        return (state, words) if found is None else (recalled(state, found, now), "")


def _same(kept: Memory, state: State) -> bool:
    return kept.contract is state.contract and kept.params is state.params


def _same_moves(before: Life | None, after: Life | None) -> bool:
    """No start and no change of a relay in between: those must be on disk before the program can die."""
    if before is None or after is None:
        return before is after
    return before.changes is after.changes and before.compressor.starts is after.compressor.starts


def changed(before: Memory | None, after: Memory) -> bool:
    """Something worth writing at once; stamps, energy and the meter's last watts alone are not."""
    if before is None:
        return True
    return _essence(before) != _essence(after)


def _essence(memory: Memory) -> Memory:
    quiet = replace(memory.contract, used_wh=0.0, heard_mono_ms=0, heard_wall_ms=0, heard_stamp_ms=0)
    past = memory.governor
    moves = {node: tuple((0, count) for _, count in hours) for node, hours in past.moves.items()}
    governor = GovernorPast((0,) * len(past.starts_wall_ms), True, moves)
    return replace(memory, wall_ms=0, power_w=None, contract=quiet, governor=governor)


def encode(memory: Memory) -> bytes:
    """The record as JSON."""
    return msgspec.json.encode(memory)


def decode(raw: bytes, house: str) -> tuple[Memory | None, str]:
    """(the record, "") or (None, why it is not used)."""
    try:
        memory = msgspec.json.decode(raw, type=Memory)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return None, f"the stored memory cannot be read ({error}); starting without it"
    if memory.version != VERSION:
        return None, f"the stored memory is version {memory.version}, this program knows {VERSION}"
    if memory.house != house:
        return None, f"the stored memory is of {memory.house}, this house is {house}"
    return memory, ""


def recalled(state: State, memory: Memory, now: Now) -> State:
    """The first state of a program that remembers."""
    gap_ms = now.wall_ms - memory.wall_ms
    gap_wh = 0.0
    if now.synced and memory.synced and memory.power_w and 0 < gap_ms <= GAP_LIMIT_MS:
        gap_wh = memory.power_w * gap_ms / 3_600_000
    notes = replace(
        state.notes,
        declared_ready=memory.declared_ready,
        full_wh=memory.full_wh,
        setpoints_f=memory.setpoints_f,
    )
    return replace(
        state,
        contract=contract.resumed(memory.contract, now, gap_wh, gap_ms),
        params=memory.params,
        notes=notes,
        energy=metering.EnergyLog(power_w=memory.power_w, power_mono_ms=now.mono_ms),
        governor=restore(memory.governor, now),
    )
