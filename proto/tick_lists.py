"""The tick list of a flow module as the ATN gets it, for modules whose layout says `send_tick_lists`."""

from __future__ import annotations

from layouts.model import House
from proto.wire.pico import TicklistHall, TicklistHallReport, TicklistReed, TicklistReedReport
from states.image import TickList


def tick_report(house: House, heard: TickList) -> TicklistHallReport | TicklistReedReport:
    """The list as the module posted it, under our names; raises `IllegalMessage`."""
    if heard.kind == "hall":
        return TicklistHallReport(
            terminal_asset_alias=house.terminal_asset.alias,
            channel_name=heard.channel,
            scada_received_unix_ms=heard.wall_ms,
            ticklist=TicklistHall(
                hw_uid=heard.hw_uid,
                first_tick_timestamp_nano_second=heard.first_ns,
                relative_microsecond_list=heard.relative,
                pico_before_post_timestamp_nano_second=heard.before_post_ns,
            ),
        )
    return TicklistReedReport(
        terminal_asset_alias=house.terminal_asset.alias,
        channel_name=heard.channel,
        scada_received_unix_ms=heard.wall_ms,
        ticklist=TicklistReed(
            hw_uid=heard.hw_uid,
            first_tick_timestamp_nano_second=heard.first_ns,
            relative_millisecond_list=heard.relative,
            pico_before_post_timestamp_nano_second=heard.before_post_ns,
        ),
    )
