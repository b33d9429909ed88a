"""What Wi-Fi sensor modules post over HTTP and what they are answered: bare bodies without an envelope."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from proto.wire.formats import (
    Int64,
    LaxInt64,
    LeftRightDot,
    Message,
    PosInt,
    SpaceheatName,
    UTCMilliseconds,
    demand,
)


class TankModuleParams(Message, tag="tank.module.params", frozen=True, kw_only=True):
    """How a tank module shall measure."""

    hw_uid: str
    actor_node_name: SpaceheatName
    pico_ab: Literal["a", "b", ""] | None = field(default=None, name="PicoAB")
    capture_period_s: PosInt
    samples: PosInt
    num_sample_averages: PosInt
    async_capture_delta_micro_volts: PosInt
    capture_offset_s: float | None = None
    version: Literal["110"] = "110"


class MicroVolts(Message, tag="microvolts", frozen=True, kw_only=True):
    """A tank module's sensors."""

    hw_uid: str
    about_node_name_list: tuple[SpaceheatName, ...]
    micro_volts_list: tuple[LaxInt64, ...]
    version: Literal["100"] = "100"


class FlowHallParams(Message, tag="flow.hall.params", frozen=True, kw_only=True):
    """How a Hall flow module shall report."""

    hw_uid: str
    actor_node_name: SpaceheatName
    flow_node_name: SpaceheatName
    publish_ticklist_period_s: PosInt
    publish_empty_ticklist_after_s: PosInt
    version: Literal["101"] = "101"


class FlowReedParams(Message, tag="flow.reed.params", frozen=True, kw_only=True):
    """How a reed flow module shall report."""

    hw_uid: str
    actor_node_name: SpaceheatName
    flow_node_name: SpaceheatName
    publish_ticklist_length: PosInt
    publish_any_ticklist_after_s: PosInt
    deadband_milliseconds: PosInt
    version: Literal["101"] = "101"


def _demand_first(first: int | None, ticks: tuple[int, ...]) -> None:
    demand(ticks or not first, "FirstTickTimestampNanoSecond needs ticks")
    demand(first is not None or not ticks, "Ticks need FirstTickTimestampNanoSecond")


class TicklistHall(Message, tag="ticklist.hall", frozen=True, kw_only=True):
    """When a Hall flow module's wheel passed."""

    hw_uid: str
    first_tick_timestamp_nano_second: Int64 | None = None
    relative_microsecond_list: tuple[Int64, ...]
    pico_before_post_timestamp_nano_second: Int64
    version: str = "101"

    def __post_init__(self) -> None:
        """A first tick and ticks come together."""
        _demand_first(self.first_tick_timestamp_nano_second, self.relative_microsecond_list)


class TicklistReed(Message, tag="ticklist.reed", frozen=True, kw_only=True):
    """When a reed flow module's contact closed."""

    hw_uid: str
    first_tick_timestamp_nano_second: Int64 | None = None
    relative_millisecond_list: tuple[Int64, ...]
    pico_before_post_timestamp_nano_second: Int64
    version: str = "101"

    def __post_init__(self) -> None:
        """A first tick and ticks come together."""
        _demand_first(self.first_tick_timestamp_nano_second, self.relative_millisecond_list)


class TicklistHallReport(Message, tag="ticklist.hall.report", frozen=True, kw_only=True):
    """A tick list passed on to the ATN."""

    terminal_asset_alias: LeftRightDot
    channel_name: SpaceheatName
    scada_received_unix_ms: UTCMilliseconds
    ticklist: TicklistHall
    version: Literal["000"] = "000"


class TicklistReedReport(Message, tag="ticklist.reed.report", frozen=True, kw_only=True):
    """A tick list passed on to the ATN."""

    terminal_asset_alias: LeftRightDot
    channel_name: SpaceheatName
    scada_received_unix_ms: UTCMilliseconds
    ticklist: TicklistReed
    version: Literal["000"] = "000"


class AsyncBtuParams(Message, tag="async.btu.params", frozen=True, kw_only=True):
    """How a heat meter module shall measure."""

    hw_uid: str
    actor_node_name: SpaceheatName
    flow_channel_name: SpaceheatName
    send_hz: bool
    read_ct_voltage: bool
    hot_channel_name: SpaceheatName
    cold_channel_name: SpaceheatName
    ct_channel_name: SpaceheatName | None = None
    thermistor_beta: LaxInt64 | None = None
    capture_period_s: PosInt
    gallons_per_pulse: float
    async_capture_delta_gpm_x100: PosInt
    async_capture_delta_celsius_x100: PosInt
    async_capture_delta_ct_volts_x100: PosInt | None = None
    capture_offset_s: float | None = None
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """A current transformer is read into a channel, or there is none."""
        demand(
            self.read_ct_voltage == (self.ct_channel_name is not None),
            "ReadCtVoltage and CtChannelName belong together",
        )


class MultichannelSnapshot(Message, tag="multichannel.snapshot", frozen=True, kw_only=True):
    """A heat meter module's channels."""

    hw_uid: str
    channel_name_list: tuple[SpaceheatName, ...]
    measurement_list: tuple[Int64, ...]
    unit_list: tuple[str, ...]

    def __post_init__(self) -> None:
        """A name, a value and a unit each."""
        lengths = {len(self.channel_name_list), len(self.measurement_list), len(self.unit_list)}
        demand(len(lengths) == 1, "All lists must have equal lengths")


class PicoCommsParams(Message, tag="pico.comms.params", frozen=True, kw_only=True):
    """Where a module shall post."""

    hw_uid: str
    base_url: str
    backup_url: str
    version: str = "000"


class BaseurlFailureAlert(Message, tag="baseurl.failure.alert", frozen=True, kw_only=True):
    """A module could not reach its first address. Modules in the field say version 100."""

    actor_node_name: SpaceheatName
    hw_uid: str
    base_url: str
    message: str
    version: Literal["000", "100"] = "000"


class NewCode(Message, tag="new.code", frozen=True, kw_only=True):
    """A module asks for new firmware."""

    hw_uid: str
    actor_node_name: SpaceheatName
    version: Literal["100"] = "100"
