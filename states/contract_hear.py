"""What a heartbeat of the ATN does to the contract machine, and how it is answered.

The same question always gets the same answer, and every question gets one: an ATN that asks about a contract
we do not hold would otherwise go on asking and never make another (wire facts 5.3).
"""

from __future__ import annotations

from msgspec.structs import replace

from states.contract import (
    GRACE,
    HELD,
    LIVE,
    MAX_REMEMBERED,
    OFFERED,
    SKEW_S,
    TERMINAL,
    ContractState,
    Ended,
    Site,
    healed,
    refusal,
)
from states.contract_step import Step, Verdict
from states.image import Contract, Heartbeat, Now, SayGlitch

ALIVE = ("Created", "Confirmed", "Active")
COMPLETED = tuple(sorted(status for status in TERMINAL if status.startswith("Completed")))


def hear(
    state: ContractState, beat: Heartbeat, site: Site, now: Now, digit: int, used_wh: float, barred: str
) -> Verdict:
    """One heartbeat from the ATN. `used_wh`: energy already metered in the offer's window.

    `barred` says why no offer can be taken now (a person holds the house, a sensor is lost), else "".
    """
    state = healed(state, now)
    step = Step(state, now, digit)
    name = beat.contract.contract_id
    held = state.contract if state.phase in HELD else None
    over = (e.heartbeat for e in (*state.ended, *state.refused, *state.strange))
    said = next((answer for answer in over if answer.contract.contract_id == name), None)
    if said is not None:
        _answer_again(step, said, beat)
    elif held is not None and held.contract_id == name:
        _of_held(step, beat, held)
    elif beat.status == "Created":
        _offer(step, beat, site, used_wh, barred)
    elif beat.status == "TerminatedByLtn":
        step.note("TerminatedByLtn for a contract we do not hold")
    else:
        _refuse(step, beat, "this house does not hold that contract")
    return step.verdict()


def _answer_again(step: Step, said: Heartbeat, beat: Heartbeat) -> None:
    """The same question gets the same answer, with a fresh stamp so that the ATN takes it."""
    if beat.status == "TerminatedByLtn":
        return
    now = step.now
    ahead = now.synced and said.created_ms > now.wall_ms + 1000 * SKEW_S  # said before a clock was set
    again = replace(
        said,
        created_ms=max(now.wall_ms, beat.created_ms, 0 if ahead else said.created_ms),
        my_digit=step.digit,
        your_last_digit=beat.my_digit,
    )
    if said.status == "TerminatedByLtn":  # not ours to say
        again = replace(again, status="TerminatedByScada", cause=f"The ATN has ended it: {said.cause}")
    step.send(again)


def _of_held(step: Step, beat: Heartbeat, held: Contract) -> None:
    if beat.contract != held:
        step.note("same contract id with other terms; ignored")
    elif beat.status in COMPLETED:
        _completed_by_atn(step, beat, held)
    elif beat.status == "TerminatedByLtn":
        step.take_stamp(beat)
        step.end("TerminatedByLtn", beat.cause or "no cause given", tell=False)
    elif beat.status in ALIVE:
        _alive(step, beat, held)
    else:
        step.note(f"{beat.status} is not the ATN's to say; ignored")


def _alive(step: Step, beat: Heartbeat, held: Contract) -> None:
    """A sign of life: answer it, and revive a lost contract only if it was made after the loss."""
    state, now = step.state, step.now
    step.take_stamp(beat)
    revives = now.synced and (state.lost_wall_ms is None or beat.created_ms > state.lost_wall_ms)
    revives = revives and beat.created_ms > state.heard_stamp_ms
    if revives and now.wall_ms < held.end_s * 1000:
        phase = LIVE if now.wall_ms >= held.start_s * 1000 else OFFERED
        if state.lost_wall_ms is not None:
            step.note("the ATN is back; the contract is in force again")
        step.put(
            phase=phase,
            heard_mono_ms=now.mono_ms,
            heard_wall_ms=now.wall_ms,
            heard_stamp_ms=beat.created_ms,
            lost_wall_ms=None,
        )
    if beat.status == "Created":
        step.send(step.heartbeat(state.status or "Received", previous="Created"))
    else:
        step.send(step.heartbeat("Active", previous=beat.status))


def _completed_by_atn(step: Step, beat: Heartbeat, held: Contract) -> None:
    step.take_stamp(beat)
    early_s = held.end_s - step.now.wall_ms // 1000
    if early_s > SKEW_S:
        _too_early(step, beat, early_s)
        return
    step.complete()


def _too_early(step: Step, beat: Heartbeat, early_s: int) -> None:
    """The contract goes on, and the ATN is told so in the way in which it knows it (wire facts 5.3).

    What we said last, said again with the energy so far, makes an ATN go on asking, and its next word after
    the end gets the final account. It is a sign of life, but revives no contract that was lost.
    """
    now, state = step.now, step.state
    if state.lost_wall_ms is None and beat.created_ms > state.heard_stamp_ms:
        step.put(heard_mono_ms=now.mono_ms, heard_wall_ms=now.wall_ms, heard_stamp_ms=beat.created_ms)
    step.send(step.heartbeat(state.status or "Received", previous=beat.status))
    step.note(f"the ATN says complete {early_s} s before the end; it goes on")
    if not state.early:
        step.put(early=True)
        words = (
            f"The ATN says contract {beat.contract.contract_id[:8]} is complete, by our clock it runs for "
            f"{early_s} s more: it goes on. Is one of the clocks wrong?"
        )
        step.say.append(SayGlitch("s", "Warning", "completed-too-early", words))


def _offer(step: Step, beat: Heartbeat, site: Site, used_wh: float, barred: str) -> None:
    state, now, offer = step.state, step.now, beat.contract
    held = state.contract if state.phase in HELD else None
    why_not = refusal(offer, site, now)
    lost = state.lost_wall_ms is not None
    if not why_not and held is not None and state.phase != GRACE and not lost:
        why_not = _beside(offer, held, now)
    why_not = why_not or barred
    if why_not:
        _refuse(step, beat, why_not)
        return
    if held is not None and lost and now.wall_ms < held.end_s * 1000:
        step.end("TerminatedByScada", "the ATN was lost in it and has offered anew")
    elif held is not None:
        step.complete()
    step.put(
        phase=LIVE if now.wall_ms >= offer.start_s * 1000 else OFFERED,
        contract=offer,
        status="Received",
        used_wh=max(0.0, used_wh),
        stamped_ms=beat.created_ms,
        their_digit=beat.my_digit,
        heard_mono_ms=now.mono_ms,
        heard_wall_ms=now.wall_ms,
        heard_stamp_ms=beat.created_ms,
        lost_wall_ms=None,
        warned=False,
        early=False,
    )
    step.send(step.heartbeat("Received", previous="Created"))
    step.note(f"accepted: {offer.watt_hours} Wh over {offer.duration_minutes} min")


def _beside(offer: Contract, held: Contract, now: Now) -> str:
    """Why the offer cannot be taken beside the contract that is held; "" when that one is about to end."""
    name = held.contract_id[:8]
    if offer.start_s < held.end_s and held.start_s < offer.end_s:
        return f"it overlaps contract {name} which runs from {held.start_s} until {held.end_s}"
    if offer.end_s <= held.start_s:
        return f"contract {name} is held for {held.start_s} until {held.end_s}, and one is held at a time"
    if held.end_s - now.wall_ms // 1000 > SKEW_S:
        return f"contract {name} runs until {held.end_s}, its successor is taken at its end"
    return ""


def _refuse(step: Step, beat: Heartbeat, why_not: str) -> None:
    """Answer what we do not take, without touching the contract we may hold; it stays refused."""
    answer = Heartbeat(
        from_node="s",
        contract=beat.contract,
        status="TerminatedByScada",
        previous_status=beat.status,
        created_ms=max(step.now.wall_ms, beat.created_ms),
        cause=f"Refused: {why_not}",
        watt_hours_used=0,
        my_digit=step.digit,
        your_last_digit=beat.my_digit,
    )
    state, end = step.state, Ended(answer)
    if beat.status == "Created":
        step.put(refused=_remembered(state.refused, end, step.now))
    else:
        step.put(strange=_remembered(state.strange, end, step.now))
    step.send(answer)
    step.note(f"refused: {why_not}")


def _remembered(kept: tuple[Ended, ...], new: Ended, now: Now) -> tuple[Ended, ...]:
    """With the new one; what is too much is forgotten, first the oldest whose slot is over."""
    if len(kept) < MAX_REMEMBERED:
        return (*kept, new)
    over = (at for at, old in enumerate(kept) if old.heartbeat.contract.end_s * 1000 <= now.wall_ms)
    gone = next(over, 0)
    return (*kept[:gone], *kept[gone + 1 :], new)
