"""The contract machine: Idle, Offered, Live, Grace, Done; its state, its questions and how it is shown.

An offer is held (Offered) until its window opens, is in force (Live) while heartbeats come, is over but
unreplaced (Grace) for two minutes after its end, and Done when an end has been said by either side. A
contract whose ATN fell silent goes back to Offered: only a heartbeat made after the loss revives it.
What a heartbeat does is in `states/contract_hear.py`, what time does in `states/contract_step.py`.
Source: wire facts 5.1 to 5.5 with hazards S4 to S11 closed.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from states.image import Contract, ContractView, Heartbeat, Now

IDLE, OFFERED, LIVE, GRACE, DONE = "Idle", "Offered", "Live", "Grace", "Done"
HELD = (OFFERED, LIVE, GRACE)
TERMINAL = frozenset(
    {
        "TerminatedByLtn",
        "TerminatedByScada",
        "CompletedUnknownOutcome",
        "CompletedSuccess",
        "CompletedFailureByScada",
        "CompletedFailureByLtn",
    }
)

GRACE_S = 300
WARN_AFTER_S = 120
SILENCE_MS = 150_000
"""No ATN heartbeat for this long while the slot runs: the ATN is lost (decisions.md 10)."""
SKEW_S = 120
"""An end may be said this much early by a clock that runs ahead of ours."""
MAX_MINUTES = 24 * 60
"""A day: as far as the forecast of heat and the marks of the meter reach. Nobody can say what a house will
need, or vouch for what it has used, beyond that."""
MAX_AHEAD_S = 2 * 3600
"""One contract is held at a time: one for tomorrow would keep the house from buying today."""
MAX_REMEMBERED = 16
METER_HOLD_MS = 60_000
"""Without a meter the last power counts for this long, then the contract ends unmeasured."""


class Ended(Struct, frozen=True):
    """A contract that is over, kept so that a repeated question gets the same answer."""

    heartbeat: Heartbeat


class ContractState(Struct, frozen=True, kw_only=True):
    """What the contract machine carries from tick to tick and over a restart."""

    phase: str = IDLE
    contract: Contract | None = None
    status: str | None = None
    used_wh: float = 0.0
    my_digit: int | None = None
    their_digit: int | None = None
    heard_mono_ms: int = 0
    heard_wall_ms: int = 0
    heard_stamp_ms: int = 0
    """The newest stamp of a sign of life: the same one again is no new one."""
    lost_wall_ms: int | None = None
    """Set when the ATN fell silent: only a heartbeat made later revives the contract."""
    warned: bool = False
    early: bool = False
    """The ATN has said complete long before the end, and that has been told."""
    stamped_ms: int = 0
    """Latest stamp of either side on the held contract: the ATN drops what is stamped earlier (UTC ms)."""
    ended: tuple[Ended, ...] = ()
    refused: tuple[Ended, ...] = ()
    """Offers that were never taken, and how each was answered."""
    strange: tuple[Ended, ...] = ()
    """Contracts we were asked about and do not hold, and how that was answered."""
    last_end_s: int = 0
    """When the last contract ended or was terminated (UTC s); its grace counts from there."""


class Site(Struct, frozen=True):
    """What decides whether an offer is acceptable at all."""

    scada_alias: str
    max_watts: int
    """1.2 x rated: more is absurd."""
    boiler: bool = True


def refusal(offer: Contract, site: Site, now: Now) -> str:
    """Empty when the offer may be held, else the reason in words."""
    if offer.scada_alias != site.scada_alias:
        return f"it is for {offer.scada_alias}, this house is {site.scada_alias}"
    if not now.synced:
        return "this clock is not synchronised yet"
    if offer.start_s % 300 != 0:
        return f"start {offer.start_s} is not on the 5-minute grid"
    if not 1 <= offer.duration_minutes <= MAX_MINUTES:
        return f"{offer.duration_minutes} minutes is outside 1 to {MAX_MINUTES}, a day"
    if not 0 <= offer.avg_power_watts <= site.max_watts:
        return f"{offer.avg_power_watts} W is outside 0 to {site.max_watts}"
    if offer.oil_boiler_on and offer.avg_power_watts > 0:
        return "oil and electricity at once"
    if offer.oil_boiler_on and not site.boiler:
        return "it asks for an oil boiler, this house has none"
    if offer.end_s * 1000 <= now.wall_ms:
        return "its window has passed"
    if offer.start_s * 1000 - now.wall_ms > MAX_AHEAD_S * 1000:
        return f"it starts more than {MAX_AHEAD_S // 3600} h ahead"
    return ""


def healed(state: ContractState, now: Now) -> ContractState:
    """Without stamps from the future: taken before a clock was set, they would bar every honest one."""
    latest_ms = now.wall_ms + 1000 * SKEW_S
    lost_ms = state.lost_wall_ms or 0
    if not now.synced or max(state.heard_stamp_ms, state.stamped_ms, lost_ms) <= latest_ms:
        return state
    return replace(
        state,
        heard_stamp_ms=_not_ahead(state.heard_stamp_ms, latest_ms, now),
        stamped_ms=_not_ahead(state.stamped_ms, latest_ms, now),
        lost_wall_ms=None if state.lost_wall_ms is None else _not_ahead(lost_ms, latest_ms, now),
    )


def _not_ahead(stamp_ms: int, latest_ms: int, now: Now) -> int:
    return stamp_ms if stamp_ms <= latest_ms else now.wall_ms


def remaining_wh(state: ContractState) -> int | None:
    """Energy still owed, Wh, never negative; None unless the slot has begun and is not over."""
    if state.contract is None or not (state.phase == LIVE or _lost(state)):
        return None
    return max(0, int(state.contract.watt_hours - state.used_wh))


def in_force(state: ContractState, now: Now) -> bool:
    """The house may be under the ATN: slot running and ATN alive, or within the grace after an end."""
    return state.phase in (LIVE, GRACE) and now.synced


def _lost(state: ContractState) -> bool:
    return state.phase == OFFERED and state.lost_wall_ms is not None


def in_grace(state: ContractState, now: Now) -> bool:
    """Between the end of a contract and its successor, at most five minutes.

    A successor may be held already and not have begun: the ATN's clock is a little ahead of ours.
    """
    if state.phase == GRACE:
        return True
    between = state.phase == DONE or (state.phase == OFFERED and not _lost(state))
    completed = bool(state.ended) and state.ended[-1].heartbeat.status.startswith("Completed")
    return between and completed and now.wall_ms // 1000 < state.last_end_s + GRACE_S


def book(state: ContractState, now: Now, added_wh: float, span_ms: int) -> ContractState:
    """Book what was metered over the last `span_ms`, as far as that time lies in the held contract's slot."""
    contract = state.contract
    if contract is None or state.phase not in HELD or added_wh <= 0.0 or span_ms <= 0:
        return state
    from_ms = max(now.wall_ms - span_ms, contract.start_s * 1000)
    inside_ms = min(now.wall_ms, contract.end_s * 1000) - from_ms
    if inside_ms <= 0:
        return state
    return replace(state, used_wh=state.used_wh + added_wh * inside_ms / span_ms)


def resumed(state: ContractState, now: Now, gap_wh: float, gap_ms: int) -> ContractState:
    """The contract as a restart finds it: energy of the gap booked, heartbeat age carried over."""
    if state.contract is None or state.phase not in HELD:
        return state
    if not now.synced:
        return replace(state, phase=OFFERED, lost_wall_ms=state.heard_wall_ms, heard_mono_ms=now.mono_ms)
    silent_ms = max(0, now.wall_ms - state.heard_wall_ms)
    heard = now.mono_ms - min(silent_ms, SILENCE_MS)
    return replace(book(state, now, gap_wh, gap_ms), heard_mono_ms=heard)


def view(state: ContractState, now: Now) -> ContractView:
    """The contract as the page, the API and the reports show it."""
    held = state.contract if state.phase in HELD else None
    heard = state.heard_mono_ms if held else None
    return ContractView(
        state.phase, held, state.status, state.used_wh, remaining_wh(state), heard, _words(state, now)
    )


def _words(state: ContractState, now: Now) -> str:
    contract = state.contract
    if contract is None or state.phase == IDLE:
        return "no contract"
    if state.phase == LIVE:
        left_min = max(0, contract.end_s - now.wall_ms // 1000) // 60
        return f"{round(state.used_wh)} of {contract.watt_hours} Wh used, {left_min} min left"
    if state.phase == OFFERED and state.lost_wall_ms is not None:
        return "the ATN is silent; waiting for a fresh heartbeat"
    if state.phase == OFFERED:
        return f"starts in {max(0, contract.start_s - now.wall_ms // 1000)} s"
    if state.phase == GRACE:
        return "the slot is over; waiting for the next contract"
    return f"{state.status}: {state.ended[-1].heartbeat.cause}" if state.ended else "done"
