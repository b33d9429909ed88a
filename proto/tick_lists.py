"""The tick list of a flow module as the ATN gets it, for modules whose layout says `send_tick_lists`."""

from __future__ import annotations

import msgspec

from layouts.model import House
from proto.wire import IllegalMessage
from proto.wire.pico import TicklistHall, TicklistHallReport, TicklistReed, TicklistReedReport
from states.image import TickList

_read_hall = msgspec.json.Decoder(TicklistHall).decode
_read_reed = msgspec.json.Decoder(TicklistReed).decode


def tick_report(house: House, heard: TickList) -> TicklistHallReport | TicklistReedReport:
    """The list as the module posted it, under our names; raises `IllegalMessage`."""
    alias = house.terminal_asset.alias
    try:
        if any(flow.node == heard.channel and flow.kind == "hall" for flow in house.flows):
            return TicklistHallReport(
                terminal_asset_alias=alias,
                channel_name=heard.channel,
                scada_received_unix_ms=heard.wall_ms,
                ticklist=_read_hall(heard.body),
            )
        return TicklistReedReport(
            terminal_asset_alias=alias,
            channel_name=heard.channel,
            scada_received_unix_ms=heard.wall_ms,
            ticklist=_read_reed(heard.body),
        )
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise IllegalMessage(f"the tick list of {heard.channel}: {error}") from error
