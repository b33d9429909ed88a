"""What a step of the contract machine leaves in the journal: who said what, and what befell a contract.

Only the lines are made here, in the order in which things happened; `proto/journal.py` writes them down.
"""

from __future__ import annotations

from states.contract import HELD, ContractState
from states.contract_step import Verdict
from states.image import HeardHeartbeat, Noted, SayHeartbeat

HEARD, SAID, LOST, STARTED, STOPPED = "heard", "said", "lost", "started", "stopped"
STRANGE, KEPT, TURN = "strange", "held", "turn"
"""Ranks: of no contract that we hold, of the one we hold, and how one was taken, lost or ended."""


def lines(before: ContractState, verdict: Verdict, heard: HeardHeartbeat | None = None) -> tuple[Noted, ...]:
    """The lines of one step: what was heard and what came of it, then every answer."""
    after, found = verdict.state, []
    was, held = _held(before), _held(after)
    ranks = dict.fromkeys((was, held), KEPT if was == held else TURN)
    if heard is not None:
        rank = ranks.get(heard.heartbeat.contract.contract_id, STRANGE)
        found.append(heard_line(heard, after, "; ".join(verdict.notes), rank))
    if before.lost_wall_ms is None and after.lost_wall_ms is not None:
        found += befell(after, LOST, "; ".join(verdict.notes))
    for said in verdict.say:
        if isinstance(said, SayHeartbeat):
            beat = said.heartbeat
            name, used_wh = beat.contract.contract_id, beat.watt_hours_used or 0
            rank = ranks.get(name, STRANGE)
            found.append(Noted(SAID, name, beat, used_wh, beat.cause or "", rank=rank))
    return tuple(found)


def _held(state: ContractState) -> str:
    """Id of the held contract, or ""."""
    return state.contract.contract_id if state.contract is not None and state.phase in HELD else ""


def heard_line(heard: HeardHeartbeat, state: ContractState, why: str, rank: str = STRANGE) -> Noted:
    """A heartbeat as it came in; the energy is what we have booked for its contract."""
    name = heard.heartbeat.contract.contract_id
    ours = state.contract is not None and state.contract.contract_id == name
    used_wh = round(state.used_wh) if ours else 0
    return Noted(HEARD, name, heard.heartbeat, used_wh, why, heard.sender, rank)


def befell(state: ContractState, what: str, why: str) -> tuple[Noted, ...]:
    """The held contract was lost, or the program started or stopped while it was held."""
    if state.contract is None or state.phase not in HELD:
        return ()
    return (Noted(what, state.contract.contract_id, None, round(state.used_wh), why, rank=TURN),)
