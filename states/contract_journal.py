"""What a step of the contract machine leaves in the journal: who said what, and what befell a contract.

Only the lines are made here, in the order in which things happened; `proto/journal.py` writes them down.
"""

from __future__ import annotations

from states.contract import HELD, ContractState
from states.contract_step import Verdict
from states.image import HeardHeartbeat, Noted, SayHeartbeat

HEARD, SAID, LOST, STARTED, STOPPED = "heard", "said", "lost", "started", "stopped"


def lines(before: ContractState, verdict: Verdict, heard: HeardHeartbeat | None = None) -> tuple[Noted, ...]:
    """The lines of one step: what was heard and what came of it, then every answer."""
    after, found = verdict.state, []
    if heard is not None:
        found.append(heard_line(heard, after, "; ".join(verdict.notes)))
    if before.lost_wall_ms is None and after.lost_wall_ms is not None:
        found += befell(after, LOST, "; ".join(verdict.notes))
    for said in verdict.say:
        if isinstance(said, SayHeartbeat):
            beat = said.heartbeat
            found.append(
                Noted(SAID, beat.contract.contract_id, beat, beat.watt_hours_used or 0, beat.cause or "")
            )
    return tuple(found)


def heard_line(heard: HeardHeartbeat, state: ContractState, why: str) -> Noted:
    """A heartbeat as it came in; the energy is what we have booked for its contract."""
    name = heard.heartbeat.contract.contract_id
    ours = state.contract is not None and state.contract.contract_id == name
    return Noted(HEARD, name, heard.heartbeat, round(state.used_wh) if ours else 0, why, heard.sender)


def befell(state: ContractState, what: str, why: str) -> tuple[Noted, ...]:
    """The held contract was lost, or the program started or stopped while it was held."""
    if state.contract is None or state.phase not in HELD:
        return ()
    return (Noted(what, state.contract.contract_id, None, round(state.used_wh), why),)
