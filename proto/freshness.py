"""Is a command as young as it looks? One from another time is a replay, or was kept somewhere on its way."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from proto.wire import Malformed, Message
from proto.wire.commands import AdminAnalogDispatch, AdminDispatch, AnalogDispatch, ScadaParams
from proto.wire.contracts import SlowContractHeartbeat
from states.image import Now

WINDOW_MS = 120_000
"""A command may be this much older or newer than our clock."""
GRACE_MS = 300_000
"""A contract is spoken of this long after its end."""
MAX_CONTRACTS = 64
"""Contracts whose newest heartbeat is remembered; those that are over are forgotten first."""

MADE_MS: dict[type[Message], Callable[[Any], int]] = {
    AdminDispatch: lambda payload: payload.dispatch_trigger.send_time_unix_ms,
    AdminAnalogDispatch: lambda payload: payload.dispatch.unix_time_ms,
    AnalogDispatch: lambda payload: payload.unix_time_ms,
    ScadaParams: lambda payload: payload.unix_time_ms,
}
"""When a command was made, Unix ms. Questions, keep-alive and release carry no time or do no harm."""


class Freshness:
    """The window of one link. While our clock is not set, only what is newer than the newest counts."""

    def __init__(self) -> None:
        self._newest: dict[type[Message], int] = {}
        self._contracts: OrderedDict[str, tuple[int, int]] = OrderedDict()
        """Newest stamp and end of the slot (UTC ms), the least recently spoken of first."""

    def check(self, payload: Message, now: Now) -> None:
        """Raise `Malformed` for a command that was not made just now."""
        if isinstance(payload, SlowContractHeartbeat):
            self._check_heartbeat(payload, now)
            return
        made = MADE_MS.get(type(payload))
        if made is None:
            return
        kind, made_ms = type(payload), made(payload)
        if not (_is_within(made_ms, now) if now.synced else made_ms > self._newest.get(kind, 0)):
            raise _replay(payload.type_name, made_ms, now)
        self._newest[kind] = max(made_ms, self._newest.get(kind, 0))

    def _check_heartbeat(self, beat: SlowContractHeartbeat, now: Now) -> None:
        """Young, or not older than what was heard of a contract that is not over; never from the future.

        An ATN repeats its offer word for word until it is answered, with the time of the first.
        """
        said, made_ms = beat.contract, beat.message_created_ms
        latest_ms = now.wall_ms + WINDOW_MS if now.synced else made_ms
        newest_ms = min(self._contracts.get(said.contract_id, (0, 0))[0], latest_ms)
        end_ms = 1000 * (said.start_s + 60 * said.duration_minutes)
        over = now.synced and now.wall_ms >= end_ms + GRACE_MS
        old = (over or made_ms < newest_ms) and not (now.synced and _is_within(made_ms, now))
        if old or made_ms > latest_ms:
            raise _replay(f"A heartbeat of contract {said.contract_id[:8]}", made_ms, now)
        self._contracts[said.contract_id] = (max(made_ms, newest_ms), end_ms)
        self._contracts.move_to_end(said.contract_id)
        if len(self._contracts) > MAX_CONTRACTS:
            self._forget_one(now)

    def _forget_one(self, now: Now) -> None:
        """The one least recently spoken of that is over, else the one least recently spoken of."""
        over = (name for name, (_, end_ms) in self._contracts.items() if end_ms + GRACE_MS <= now.wall_ms)
        del self._contracts[next(over, next(iter(self._contracts)))]


def _is_within(made_ms: int, now: Now) -> bool:
    return abs(now.wall_ms - made_ms) <= WINDOW_MS


def _replay(what: str, made_ms: int, now: Now) -> Malformed:
    apart_s = (now.wall_ms - made_ms) // 1000
    words = f"{apart_s} s before" if apart_s >= 0 else f"{-apart_s} s after"
    return Malformed("replay", f"{what} was made {words} our clock: a replay, or a clock is wrong")
