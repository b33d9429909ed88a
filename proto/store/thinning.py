"""Fewer readings in a stored report: one per channel and 5 minutes, then 15, then 60; states all stay."""

from __future__ import annotations

from typing import Any

import msgspec

from proto.store.frames import UNREADABLE

LEVELS_S = (0, 300, 900, 3600)
"""Seconds between the readings of a channel that are kept, by thinning level; level 0 keeps all."""


def thin(body: bytes, level: int) -> bytes | None:
    """A stored `report.event` envelope with the readings that `level` leaves; None when it is no such thing.

    A report whose slot does not begin one of the level's intervals loses its readings; in one that
    does, each channel keeps the last reading of each interval. Message id, slot and state changes stay.
    """
    try:
        envelope = msgspec.json.decode(body)
        report = envelope["Payload"]["Report"]
        start_s, duration_s = report["SlotStartUnixS"], report["SlotDurationS"]
        interval_s = LEVELS_S[level]
        begins = (start_s + interval_s - 1) // interval_s * interval_s < start_s + duration_s
        channels = report["ChannelReadingList"] if begins else []
        report["ChannelReadingList"] = [_thin_channel(channel, interval_s * 1000) for channel in channels]
    except (*UNREADABLE, LookupError, TypeError, ZeroDivisionError, ValueError, OverflowError):
        return None
    return msgspec.json.encode(envelope)


def _thin_channel(channel: dict[str, Any], interval_ms: int) -> dict[str, Any]:
    times, values = channel["ScadaReadTimeUnixMsList"], channel["ValueList"]
    last = {time_ms // interval_ms: at for at, time_ms in enumerate(times)}
    kept = sorted(last.values())
    return {
        **channel,
        "ScadaReadTimeUnixMsList": [times[at] for at in kept],
        "ValueList": [values[at] for at in kept],
    }
