"""Prices, bids, forecasts: what we say about the weather, and what is said on the air that is not for us."""

from __future__ import annotations

from typing import Any, Literal

from proto.wire import enums
from proto.wire.events import Event
from proto.wire.formats import (
    UUID4,
    Int64,
    LaxInt64,
    LeftRightDot,
    MarketName,
    MarketSlotName,
    Message,
    MessageId,
    PosInt,
    UTCMilliseconds,
    UTCSeconds,
    demand,
    demand_slot,
)


def _demand_hours(created_s: int, time: tuple[int, ...], *columns: tuple[Any, ...]) -> None:
    demand(all(len(column) == len(time) for column in columns), "All lists must be as long as Time")
    demand(not time or created_s <= time[0], "A forecast cannot be made after it has begun")


class HeatingForecast(Message, tag="heating.forecast", frozen=True, kw_only=True):
    """Hourly heat load (kW) and the water temperatures it takes (°F)."""

    from_g_node_alias: LeftRightDot
    time: tuple[UTCSeconds, ...]
    avg_power_kw: tuple[float, ...]
    rswt_f: tuple[float, ...]
    rswt_delta_t_f: tuple[float, ...]
    weather_uid: UUID4
    forecast_created_s: UTCSeconds
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """Equal lengths, made before it begins."""
        _demand_hours(self.forecast_created_s, self.time, self.avg_power_kw, self.rswt_f, self.rswt_delta_t_f)


class WeatherForecast(Message, tag="weather.forecast", frozen=True, kw_only=True):
    """Hourly outdoor temperature (°F) and wind (mph)."""

    from_g_node_alias: LeftRightDot
    weather_channel_name: LeftRightDot
    time: tuple[UTCSeconds, ...]
    oat_f: tuple[float, ...]
    wind_speed_mph: tuple[float, ...]
    weather_uid: UUID4
    forecast_created_s: UTCSeconds
    version: str = "000"

    def __post_init__(self) -> None:
        """Equal lengths, made before it begins."""
        _demand_hours(self.forecast_created_s, self.time, self.oat_f, self.wind_speed_mph)


class PriceQuantityUnitless(Message, tag="price.quantity.unitless", frozen=True, kw_only=True, gc=False):
    """One step of a bid."""

    price_x1000: Int64
    quantity_x1000: Int64
    version: str = "001"


class BidRecommendation(Message, tag="bid.recommendation", frozen=True, kw_only=True):
    """A bid as the optimizer proposes it."""

    bidder_alias: LeftRightDot
    market_slot_name: MarketSlotName
    pq_pairs: tuple[PriceQuantityUnitless, ...]
    injection_is_positive: bool
    price_unit: enums.MarketPriceUnit
    quantity_unit: enums.MarketQuantityUnit
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """The slot is one of its market's."""
        demand_slot(self.market_slot_name)


class Bid(Message, tag="bid", frozen=True, kw_only=True):
    """What the ATN would buy at which price."""

    bidder_alias: LeftRightDot
    market_slot_name: MarketSlotName
    pq_pairs: tuple[PriceQuantityUnitless, ...]
    injection_is_positive: bool
    price_unit: enums.MarketPriceUnit
    quantity_unit: enums.MarketQuantityUnit
    signed_market_fee_txn: str
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """The slot is one of its market's."""
        demand_slot(self.market_slot_name)


class LatestPrice(Message, tag="latest.price", frozen=True, kw_only=True):
    """The price of a slot."""

    from_g_node_alias: LeftRightDot
    price_times1000: Int64
    price_unit: enums.MarketPriceUnit
    market_slot_name: MarketSlotName
    message_id: UUID4
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """The slot is one of its market's."""
        demand_slot(self.market_slot_name)


class MarketMakerAck(Message, tag="market.maker.ack", frozen=True, kw_only=True):
    """The market maker has a bid."""

    market_slot_name: MarketSlotName
    market_name: MarketName
    market_type: enums.MarketTypeName
    market_maker_alias: LeftRightDot
    bidder_alias: LeftRightDot
    start_unix_s: LaxInt64
    duration_minutes: LaxInt64
    contract_id: UUID4
    signature: str
    ack_time_ms: UTCMilliseconds
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """All the parts of the names agree, and the placeholder signature looks like one."""
        demand_slot(self.market_slot_name)
        words = self.market_name.split(".")
        demand(
            self.market_slot_name == f"{self.market_name}.{self.start_unix_s}", "The market names disagree"
        )
        demand(words[1] == self.market_type, "MarketType disagrees with MarketName")
        demand(".".join(words[2:]) == self.market_maker_alias, "MarketMakerAlias disagrees with MarketName")
        demand(self.signature.startswith("algo_sig_"), "Signature must start with algo_sig_")


class EnergyInstruction(Message, tag="energy.instruction", frozen=True, kw_only=True):
    """Average power of a slot, as once was sent instead of contracts."""

    from_g_node_alias: LeftRightDot
    slot_start_s: UTCSeconds
    slot_duration_minutes: PosInt
    send_time_ms: UTCMilliseconds
    avg_power_watts: Int64
    version: Literal["000"] = "000"

    def __post_init__(self) -> None:
        """A slot starts on a 5-minute mark, and is not announced late."""
        demand(self.slot_start_s % 300 == 0, "SlotStartS must fall on a multiple of 5 minutes")
        demand(self.send_time_ms <= 1000 * (self.slot_start_s + 10), "Sent more than 10 s after SlotStartS")


class RemainingElec(Message, tag="remaining.elec", frozen=True, kw_only=True):
    """What is left of a slot's energy."""

    from_g_node_alias: LeftRightDot
    remaining_watt_hours: LaxInt64
    message_id: UUID4
    version: Literal["000"] = "000"


class RemainingElecEvent(Event, tag="remaining.elec.event", frozen=True, kw_only=True):
    """The same as an event."""

    message_id: MessageId
    remaining: RemainingElec
    version: str = "000"


class DispatchContractGoLive(Message, tag="dispatch.contract.go.live", frozen=True, kw_only=True):
    """A contract on a chain begins."""

    from_g_node_alias: LeftRightDot
    blockchain_sig: str
    version: Literal["000"] = "000"


class DispatchContractGoDormant(Message, tag="dispatch.contract.go.dormant", frozen=True, kw_only=True):
    """A contract on a chain rests."""

    from_g_node_alias: LeftRightDot
    blockchain_sig: str
    version: Literal["000"] = "000"


class HackOilOn(Message, tag="hack.oil.on", frozen=True, kw_only=True):
    """Burn oil."""

    version: str = "000"


class HackOilOff(Message, tag="hack.oil.off", frozen=True, kw_only=True):
    """Stop burning oil."""

    version: str = "000"


class FloNextHourPlans(Message, tag="flo.next.hour.plans", frozen=True, kw_only=True):
    """What the optimizer expects of the next hour."""

    expected_storage_kwh_at_hour1: float
    hourly_hp_kwh_el_plan: tuple[float, ...]
    version: Literal["000"] = "000"


class FloParams(Message, tag="flo.params", frozen=True, kw_only=True):
    """What an optimizer was asked; the base type."""

    g_node_alias: LeftRightDot
    flo_params_uid: UUID4
    home_city: str
    timezone_string: str
    start_unix_s: UTCSeconds
    version: Literal["001"] = "001"


class FloParamsHouse0(Message, tag="flo.params.house0", frozen=True, kw_only=True):
    """What an optimizer was asked for a House0: broadcast, not for us, so only its head is read."""

    g_node_alias: LeftRightDot
    flo_params_uid: UUID4
    start_unix_s: UTCSeconds
    version: Literal["004", "007"] = "007"
