"""The steps of the contract machine: hear a heartbeat, let time pass, leave for cause.

Each step takes a state and yields a state, what to say and lines for the record; nothing is sent here.
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
    Site,
    refusal,
)
from states.image import Contract, Heartbeat, Now, Say, SayHeartbeat, SayNoNewContract


class Verdict(Struct, frozen=True):
    """What a step of the contract machine yields."""

    state: ContractState
    say: tuple[Say, ...] = ()
    notes: tuple[str, ...] = ()


class _Step:
    """One step over a contract state; collects what to say. Lives for one call."""

    def __init__(self, state: ContractState, now: Now, digit: int) -> None:
        self.state = state
        self.now = now
        self.digit = digit
        self.say: list[Say] = []
        self.notes: list[str] = []

    def put(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)

    def heartbeat(
        self, status: str, *, previous: str | None, created_ms: int = 0, cause: str | None = None
    ) -> Heartbeat:
        """Our next heartbeat on the held contract; fresh digit, theirs echoed, never older than theirs."""
        contract = self.state.contract
        if contract is None:
            raise RuntimeError("a heartbeat needs a contract")
        beat = Heartbeat(
            from_node="s",
            contract=contract,
            status=status,
            previous_status=previous,
            created_ms=max(self.now.wall_ms, created_ms),
            cause=cause,
            authoritative=not status.startswith("Completed"),
            watt_hours_used=round(self.state.used_wh),
            my_digit=self.digit,
            your_last_digit=self.state.their_digit,
        )
        self.put(status=status, my_digit=self.digit)
        return beat

    def send(self, beat: Heartbeat) -> None:
        self.say.append(SayHeartbeat(beat))

    def end(self, status: str, cause: str, *, tell: bool = True, created_ms: int = 0) -> None:
        """Close the held contract with a terminal status."""
        beat = self.heartbeat(status, previous=self.state.status, created_ms=created_ms, cause=cause)
        contract = beat.contract
        over_s = contract.end_s if status.startswith("Completed") else self.now.wall_ms // 1000
        kept = (*self.state.ended, Ended(beat))[-MAX_REMEMBERED:]
        self.put(phase=DONE, ended=kept, last_end_s=over_s, warned=False, lost_wall_ms=None)
        if tell:
            self.send(beat)
        self.notes.append(f"{status}: {cause}")


def terminate(state: ContractState, now: Now, digit: int, cause: str) -> Verdict:
    """We leave the held contract: comfort or safety, with the cause in words."""
    if state.phase not in (OFFERED, LIVE) or state.contract is None:
        return Verdict(state)
    step = _Step(state, now, digit)
    step.end("TerminatedByScada", cause)
    return Verdict(step.state, tuple(step.say), tuple(step.notes))


def hear(
    state: ContractState, beat: Heartbeat, site: Site, now: Now, digit: int, used_wh: float, barred: str
) -> Verdict:
    """One heartbeat from the ATN. `used_wh`: energy already metered in the offer's window.

    `barred` says why no offer can be taken now (a person holds the house, a sensor is lost), else "".
    """
    step = _Step(state, now, digit)
    held = state.contract is not None and state.phase in HELD
    known = next(
        (e for e in state.ended if e.heartbeat.contract.contract_id == beat.contract.contract_id), None
    )
    if known is not None:
        _answer_again(step, known, beat)
    elif held and state.contract is not None and beat.contract.contract_id == state.contract.contract_id:
        _of_held(step, beat)
    elif beat.status == "Created":
        _offer(step, beat, site, used_wh, barred)
    else:
        step.notes.append(f"{beat.status} for a contract we do not hold")
    return Verdict(step.state, tuple(step.say), tuple(step.notes))


def _answer_again(step: _Step, known: Ended, beat: Heartbeat) -> None:
    """The same question gets the same answer, with a fresh stamp so that the ATN takes it.

    An end the ATN itself declared is not ours to repeat.
    """
    if known.heartbeat.status == "TerminatedByLtn":
        return
    again = replace(
        known.heartbeat,
        created_ms=max(step.now.wall_ms, beat.created_ms),
        my_digit=step.digit,
        your_last_digit=beat.my_digit,
    )
    step.send(again)


def _of_held(step: _Step, beat: Heartbeat) -> None:
    state, now = step.state, step.now
    contract = state.contract
    if contract is None or beat.contract != contract:
        step.notes.append("same contract id with other terms; ignored")
        return
    if beat.status in ("Completed", "CompletedUnknownOutcome"):
        _completed_by_atn(step, beat, contract)
    elif beat.status == "TerminatedByLtn":
        step.put(their_digit=beat.my_digit)
        step.end("TerminatedByLtn", beat.cause or "no cause given", tell=False)
    elif beat.status in ("Created", "Confirmed", "Active"):
        _alive(step, beat, now, contract)
    else:
        step.notes.append(f"{beat.status} is not the ATN's to say; ignored")


def _alive(step: _Step, beat: Heartbeat, now: Now, contract: Contract) -> None:
    """A sign of life: answer it, and revive a lost contract only if it was made after the loss."""
    state = step.state
    revives = state.lost_wall_ms is None or beat.created_ms > state.lost_wall_ms
    step.put(their_digit=beat.my_digit)
    if revives and now.wall_ms < contract.end_s * 1000:
        phase = LIVE if now.wall_ms >= contract.start_s * 1000 else OFFERED
        if state.lost_wall_ms is not None:
            step.notes.append("the ATN is back; the contract is in force again")
        step.put(phase=phase, heard_mono_ms=now.mono_ms, heard_wall_ms=now.wall_ms, lost_wall_ms=None)
    if beat.status == "Created":
        status = state.status or "Received"
        step.send(step.heartbeat(status, previous="Created", created_ms=beat.created_ms))
    else:
        step.send(step.heartbeat("Active", previous=beat.status, created_ms=beat.created_ms))


def _completed_by_atn(step: _Step, beat: Heartbeat, contract: Contract) -> None:
    step.put(their_digit=beat.my_digit)
    early_s = contract.end_s - step.now.wall_ms // 1000
    if early_s > SKEW_S:
        step.notes.append(f"the ATN says complete {early_s} s before the end; ignored")
        return
    _complete(step, beat.created_ms)


def _complete(step: _Step, created_ms: int = 0) -> None:
    contract = step.state.contract
    bought = contract.watt_hours if contract else 0
    used = round(step.state.used_wh)
    cause = f"Final energy accounting: used {used} Wh of contracted {bought} Wh"
    step.end("CompletedUnknownOutcome", cause, created_ms=created_ms)


def _offer(step: _Step, beat: Heartbeat, site: Site, used_wh: float, barred: str) -> None:
    state, now = step.state, step.now
    offer = beat.contract
    held = state.contract if state.phase in HELD else None
    why_not = refusal(offer, site, now)
    if not why_not and held is not None and state.phase != GRACE:
        early_s = held.end_s - now.wall_ms // 1000
        if offer.start_s < held.end_s or early_s > SKEW_S:
            why_not = f"it overlaps contract {held.contract_id[:8]} which runs until {held.end_s}"
    why_not = why_not or barred
    if why_not:
        _refuse(step, beat, why_not)
        return
    if held is not None:
        _complete(step)
    phase = LIVE if now.wall_ms >= offer.start_s * 1000 else OFFERED
    step.put(
        phase=phase,
        contract=offer,
        status="Received",
        used_wh=max(0.0, used_wh),
        their_digit=beat.my_digit,
        heard_mono_ms=now.mono_ms,
        heard_wall_ms=now.wall_ms,
        lost_wall_ms=None,
        warned=False,
    )
    step.send(step.heartbeat("Received", previous="Created", created_ms=beat.created_ms))
    step.notes.append(f"accepted: {offer.watt_hours} Wh over {offer.duration_minutes} min")


def _refuse(step: _Step, beat: Heartbeat, why_not: str) -> None:
    """Answer an offer we do not take, without touching the contract we may hold."""
    answer = Heartbeat(
        from_node="s",
        contract=beat.contract,
        status="TerminatedByScada",
        previous_status="Created",
        created_ms=max(step.now.wall_ms, beat.created_ms),
        cause=f"Refused: {why_not}",
        watt_hours_used=0,
        my_digit=step.digit,
        your_last_digit=beat.my_digit,
    )
    step.send(answer)
    step.notes.append(f"refused: {why_not}")


def tick(state: ContractState, now: Now, digit: int, used_wh: float, unmeasured: bool) -> Verdict:
    """Let time pass: open windows, notice silence and ends. `used_wh` is added energy since last tick."""
    contract = state.contract
    if contract is None or state.phase not in HELD:
        return _after(state, now)
    step = _Step(state, now, digit)
    in_slot = contract.start_s * 1000 <= now.wall_ms < contract.end_s * 1000
    if used_wh and in_slot:
        step.put(used_wh=state.used_wh + used_wh)
    if now.wall_ms >= contract.end_s * 1000:
        _past_end(step, contract)
    elif state.phase == LIVE and unmeasured:
        step.end("TerminatedByScada", "the power meter is silent, energy can no longer be measured")
    elif state.phase == LIVE and now.mono_ms - state.heard_mono_ms >= SILENCE_MS:
        step.put(phase=OFFERED, lost_wall_ms=now.wall_ms)
        step.notes.append("lost: no ATN heartbeat for 150 s")
    elif state.phase == OFFERED and state.lost_wall_ms is None and in_slot:
        step.put(phase=LIVE)
    return Verdict(step.state, tuple(step.say), tuple(step.notes))


def _past_end(step: _Step, contract: Contract) -> None:
    late_s = step.now.wall_ms // 1000 - contract.end_s
    if step.state.phase == LIVE and late_s < WARN_AFTER_S:
        step.put(phase=GRACE)
    elif step.state.phase == OFFERED or late_s >= WARN_AFTER_S:
        _complete(step)


def _after(state: ContractState, now: Now) -> Verdict:
    """Nothing is held: warn once that no successor came."""
    late_s = now.wall_ms // 1000 - state.last_end_s
    last = state.ended[-1].heartbeat if state.ended else None
    if state.phase != DONE or last is None or state.warned or late_s < WARN_AFTER_S:
        return Verdict(state)
    warned = replace(state, warned=True)
    if not last.status.startswith("Completed") or late_s >= GRACE_S:
        return Verdict(warned)
    return Verdict(warned, (SayNoNewContract(last.contract.contract_id, state.last_end_s + GRACE_S),))
