"""The steps of the contract machine that nobody asks for: time passes, or we leave for cause.

Each step takes a state and yields a state, what to say and lines for the record; nothing is sent here.
What a heartbeat of the ATN does is in `states/contract_hear.py`.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from states.contract import (
    DONE,
    GRACE,
    GRACE_S,
    HELD,
    LIVE,
    MAX_REMEMBERED,
    OFFERED,
    SILENCE_MS,
    SKEW_S,
    WARN_AFTER_S,
    ContractState,
    Ended,
    healed,
)
from states.image import Contract, Heartbeat, Now, Say, SayHeartbeat, SayNoNewContract


class Verdict(Struct, frozen=True):
    """What a step of the contract machine yields."""

    state: ContractState
    say: tuple[Say, ...] = ()
    notes: tuple[str, ...] = ()


class Step:
    """One step over a contract state; collects what to say. Lives for one call."""

    def __init__(self, state: ContractState, now: Now, digit: int) -> None:
        self.state = state
        self.now = now
        self.digit = digit
        self.say: list[Say] = []
        self.notes: list[str] = []

    def put(self, **changes: Any) -> None:
        """Change the state."""
        self.state = replace(self.state, **changes)

    def verdict(self) -> Verdict:
        """What came of it."""
        return Verdict(self.state, tuple(self.say), tuple(self.notes))

    def note(self, words: str) -> None:
        """Add a line for the record."""
        self.notes.append(words)

    def take_stamp(self, beat: Heartbeat) -> None:
        """A heartbeat on the held contract: its digit is echoed, nothing we say may look older than it."""
        self.put(their_digit=beat.my_digit, stamped_ms=max(self.state.stamped_ms, beat.created_ms))

    def heartbeat(self, status: str, *, previous: str | None, cause: str | None = None) -> Heartbeat:
        """Our next heartbeat on the held contract: fresh digit, theirs echoed, no stamp before any other."""
        contract = self.state.contract
        if contract is None:
            raise RuntimeError("a heartbeat needs a contract")
        beat = Heartbeat(
            from_node="s",
            contract=contract,
            status=status,
            previous_status=previous,
            created_ms=max(self.now.wall_ms, self.state.stamped_ms),
            cause=cause,
            authoritative=not status.startswith("Completed"),
            watt_hours_used=round(self.state.used_wh),
            my_digit=self.digit,
            your_last_digit=self.state.their_digit,
        )
        self.put(status=status, my_digit=self.digit, stamped_ms=beat.created_ms)
        return beat

    def send(self, beat: Heartbeat) -> None:
        """Say it."""
        self.say.append(SayHeartbeat(beat))

    def end(self, status: str, cause: str, *, tell: bool = True) -> None:
        """Close the held contract with a terminal status."""
        beat = self.heartbeat(status, previous=self.state.status, cause=cause)
        over_s = beat.contract.end_s if status.startswith("Completed") else self.now.wall_ms // 1000
        kept = (*self.state.ended, Ended(beat))[-MAX_REMEMBERED:]
        self.put(phase=DONE, ended=kept, last_end_s=over_s, warned=False, lost_wall_ms=None, early=False)
        if tell:
            self.send(beat)
        self.note(f"{status}: {cause}")

    def complete(self) -> None:
        """The slot is over: say what was used."""
        bought = self.state.contract.watt_hours if self.state.contract else 0
        used = round(self.state.used_wh)
        self.end(
            "CompletedUnknownOutcome", f"Final energy accounting: used {used} Wh of contracted {bought} Wh"
        )


def terminate(state: ContractState, now: Now, digit: int, cause: str) -> Verdict:
    """We leave the held contract: comfort or safety, with the cause in words."""
    if state.phase not in (OFFERED, LIVE) or state.contract is None:
        return Verdict(state)
    step = Step(state, now, digit)
    step.end("TerminatedByScada", cause)
    return step.verdict()


def tick(state: ContractState, now: Now, digit: int, unmeasured: bool) -> Verdict:
    """Let time pass: open windows, notice silence and ends. No clock that was never set ends anything."""
    contract = state.contract
    if contract is None or state.phase not in HELD:
        return _after(state, now)
    if not now.synced:
        return Verdict(state)
    step = Step(healed(state, now), now, digit)
    if now.wall_ms >= contract.end_s * 1000:
        _past_end(step, contract)
    elif state.lost_wall_ms is not None:
        return step.verdict()
    elif now.wall_ms >= contract.start_s * 1000:
        _in_slot(step, unmeasured)
    elif state.phase == LIVE and now.wall_ms < (contract.start_s - SKEW_S) * 1000:
        step.put(phase=OFFERED, lost_wall_ms=now.wall_ms)
        step.note("lost: the clock was set back to before the hour that was bought")
    return step.verdict()


def _in_slot(step: Step, unmeasured: bool) -> None:
    """The slot is running and nothing was lost so far."""
    state, now = step.state, step.now
    if state.phase == LIVE and unmeasured:
        step.end("TerminatedByScada", "the power meter is silent, energy can no longer be measured")
    elif now.mono_ms - state.heard_mono_ms >= SILENCE_MS:
        step.put(phase=OFFERED, lost_wall_ms=now.wall_ms)
        step.note(f"lost: no ATN heartbeat for {SILENCE_MS // 1000} s")
    elif state.phase == OFFERED:
        step.put(phase=LIVE)


def _past_end(step: Step, contract: Contract) -> None:
    late_s = step.now.wall_ms // 1000 - contract.end_s
    if step.state.phase == LIVE and late_s < WARN_AFTER_S:
        step.put(phase=GRACE)
    elif step.state.phase == OFFERED or late_s >= WARN_AFTER_S:
        step.complete()


def _after(state: ContractState, now: Now) -> Verdict:
    """Nothing is held: warn once, two minutes after the end of each contract, that no successor came."""
    last = state.ended[-1].heartbeat if state.ended else None
    if state.phase != DONE or last is None or state.warned or not now.synced:
        return Verdict(state)
    late_s = now.wall_ms // 1000 - state.last_end_s
    if late_s < WARN_AFTER_S:
        return Verdict(state)
    warned = replace(state, warned=True)
    if late_s >= GRACE_S:
        return Verdict(warned)
    return Verdict(warned, (SayNoNewContract(last.contract.contract_id, grace_end_s(last)),))


def grace_end_s(last: Heartbeat) -> int:
    """Five minutes after the slot that was completed, or after the stamp that ended it early (UTC s)."""
    completed = last.status.startswith("Completed")
    return (last.contract.end_s if completed else last.created_ms // 1000) + GRACE_S
