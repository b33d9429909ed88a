"""Questions about tanks, rooms and heat pump: true, false, or a missing sensor answered in a stated way.

Each temperature question lists its channels in order of preference; which one answered is in the numbers
of the `Why`. Thresholds: control facts 2.4, with the caps that keep a hot design day from locking up.
"""

from __future__ import annotations

from msgspec import Struct

from layouts.model import House, Zone
from layouts.settings import Settings
from states.image import HouseParams
from states.state import HomeNotes, HpWatch, State
from states.view import View

COLDER_MARGIN_F = 5.4
STORAGE_EMPTY_WH = 200
EMPTY_BELOW_MAX_EWT_F = 10.0
MOVING_GPM = 0.10
SAG_FROM_F = 0.6
"""A thermostat's own swing is half a degree; a room below that is not getting enough."""
SAG_TO_F = 0.9
SAG_BOOST_F = 10.0
STALL_AFTER_MS = 60 * 60_000
STALL_GAIN_MS = 30 * 60_000
STALL_GAIN_F = 1.0


class Measured(Struct, frozen=True, gc=False):
    """An answer with the numbers behind it; `channel` is empty when no sensor could tell."""

    yes: bool
    channel: str = ""
    value: float = 0.0
    limit: float = 0.0

    def words(self, sign: str, unit: str = "°F") -> str:
        """`buffer-depth1 127.9 °F < 128.8 °F`."""
        if not self.channel:
            return "no sensor could tell"
        return f"{self.channel} {self.value:.1f} {unit} {sign} {self.limit:.1f} {unit}"


UNKNOWN = Measured(False)


class Plant:
    """Predicates over one tick's view; cheap to build, answers on demand."""

    __slots__ = ("charging_valve", "house", "hp", "notes", "params", "settings", "state", "view")

    def __init__(self, house: House, settings: Settings, view: View, state: State, charging: bool) -> None:
        self.house = house
        self.settings = settings
        self.view = view
        self.state = state
        self.params: HouseParams = state.params
        self.notes: HomeNotes = state.notes
        self.hp: HpWatch = state.hp
        self.charging_valve = charging

    # ------------------------------------------------------------------------------------ buffer

    def _rswt_3h_f(self) -> float | None:
        forecast = self.state.figures.forecast
        return forecast.max_rswt_f(3) if forecast else None

    def _floor_f(self) -> float | None:
        """The lowest buffer temperature that still serves.

        A little under what the next 3 h need while the rooms hold their setpoints, because walls carry a
        room through; the further a room sags although its thermostat calls, the hotter, up to well above.
        """
        need_f = self._rswt_3h_f()
        if need_f is None:
            return None
        below_f = self.settings.heat_pump.buffer_below_f
        worst = self.coldest()
        if worst is None or worst[1] <= SAG_FROM_F:
            return need_f - below_f
        sag = min(1.0, (worst[1] - SAG_FROM_F) / (SAG_TO_F - SAG_FROM_F))
        return need_f - below_f + sag * (below_f + SAG_BOOST_F)

    def buffer_empty(self) -> Measured:
        """Top of the buffer below the floor. No forecast or sensor: not empty."""
        floor_f = self._floor_f()
        pipe = ["dist-swt"] if self.moving("dist-flow") else []
        found = self.view.first("buffer-depth1", *pipe, "buffer-depth2")
        if floor_f is None or found is None:
            return UNKNOWN
        limit = min(floor_f, self.params.max_ewt_f - EMPTY_BELOW_MAX_EWT_F)
        return Measured(found[1] < limit, found[0], found[1], limit)

    def buffer_full(self) -> Measured:
        """Bottom of the buffer at the floor; while the heat pump makes heat for it, a span above."""
        channels = ["buffer-depth3"]
        if self.discharging_store() or self.hp_feeds_house():
            channels.append("buffer-cold-pipe")
        if self.discharging_store():
            channels.append("store-cold-pipe")
        if self.hp_feeds_house():
            channels.append("hp-ewt")
        found = self.view.first(*channels)
        if found is None:
            return UNKNOWN
        floor_f = self._floor_f()
        span_f = self.settings.heat_pump.buffer_span_f if self.state.path.endswith(".HpOnStoreOff") else 0.0
        limit = self.params.max_ewt_f if floor_f is None else min(floor_f + span_f, self.params.max_ewt_f)
        return Measured(found[1] > limit, found[0], found[1], limit)

    def charge_limited(self) -> Measured:
        """The heat pump cannot make the buffer any hotter: its entering water is at the limit."""
        channels = ["hp-ewt", "buffer-cold-pipe"] if self.hp_feeds_house() else []
        found = self.view.first(*channels, "buffer-depth3")
        if found is None:
            return UNKNOWN
        return Measured(found[1] >= self.params.max_ewt_f, found[0], found[1], self.params.max_ewt_f)

    def buffer_stalled(self, mono_ms: int) -> bool:
        """The heat pump has run an hour into the buffer and the last half hour brought no degree."""
        on_ms = self.hp_on_ms(mono_ms)
        best = self.notes.buffer_best_f
        if on_ms is None or best is None or on_ms < STALL_AFTER_MS:
            return False
        return mono_ms - self.notes.buffer_best_ms >= STALL_GAIN_MS

    # ------------------------------------------------------------------------------------ store

    def moving(self, flow: str) -> bool:
        """Water moves past this meter; a pipe sensor without flow only knows the room it hangs in."""
        return (self.view.value(flow) or 0.0) > MOVING_GPM

    def discharging_store(self) -> bool:
        """The store valve stands in discharge and water moves."""
        return not self.charging_valve and self.moving("store-flow")

    def hp_feeds_house(self) -> bool:
        """Heat pump water goes to buffer and house, not to the store."""
        return not self.charging_valve and self.moving("primary-flow")

    def store_colder_than_buffer(self) -> Measured:
        """Discharging would cool the buffer top."""
        buffer = self.view.first("buffer-depth1", "buffer-depth2", "buffer-depth3")
        pipe = ["store-hot-pipe"] if self.moving("store-flow") else []
        store = self.view.first("tank1-depth1", *pipe, "tank1-depth2", "tank1-depth3")
        if buffer is None or store is None:
            return UNKNOWN
        limit = store[1] + COLDER_MARGIN_F
        return Measured(buffer[1] > limit, buffer[0], buffer[1], limit)

    def store_bottom_hot(self) -> Measured:
        """The store's cold end is at the heat pump's limit: nothing more goes in."""
        last = self.house.store_tanks[-1].name
        charging = self.charging_valve and self.moving("primary-flow")
        pipe = ["store-cold-pipe"] if charging or self.moving("store-flow") else []
        found = self.view.first(*pipe, f"{last}-depth3", f"{last}-depth2", f"{last}-depth1")
        if found is None:
            return UNKNOWN
        return Measured(found[1] > self.params.max_ewt_f, found[0], found[1], self.params.max_ewt_f)

    def storage_empty(self) -> bool:
        """Less than 0.2 kWh usable; unknown counts as empty, so that backup is never withheld for it."""
        usable = self.state.figures.usable_wh
        return usable is None or usable < STORAGE_EMPTY_WH

    def unseen_depths(self) -> int:
        """How many tank temperatures of the house have no value."""
        names = (f"{tank.name}-depth{i}" for tank in self.house.tanks if tank.enabled for i in (1, 2, 3))
        return sum(self.view.value(name) is None for name in names)

    # ------------------------------------------------------------------------------------ rooms

    def coldness_f(self, zone: Zone) -> float | None:
        """How far a zone is below its setpoint, °F; None when either is unknown.

        The lower of the off-peak snapshot and the current setpoint counts, so that neither raising nor
        lowering a thermostat on-peak looks like a cold house.
        """
        temp = self.view.value(f"{zone.node}-temp")
        snapshot = dict(self.notes.setpoints_f).get(zone.name)
        current = self.view.value(f"{zone.node}-set")
        known = [x for x in (snapshot, current) if x is not None]
        if temp is None or not known:
            return None
        return min(known) - temp

    def coldest(self) -> tuple[str, float] | None:
        """The critical zone furthest below its setpoint and by how much, °F."""
        rows = [(z.node, self.coldness_f(z)) for z in self.house.zones if z.critical]
        known = [(node, f) for node, f in rows if f is not None]
        return max(known, key=lambda row: row[1]) if known else None

    def system_cold(self) -> Measured:
        """A critical zone is more than the allowed margin under its setpoint."""
        worst = self.coldest()
        limit = self.settings.comfort.below_setpoint_f
        if worst is None:
            return UNKNOWN
        return Measured(worst[1] > limit, worst[0], worst[1], limit)

    # -------------------------------------------------------------------------------- heat pump

    def hp_on_ms(self, mono_ms: int) -> int | None:
        """How long the heat pump has been called by us; None when it is not."""
        since = self.hp.called_since_ms
        return None if since is None else mono_ms - since

    def hp_power_w(self) -> float | None:
        """Outdoor plus indoor unit, W."""
        odu, idu = self.view.value("hp-odu-pwr"), self.view.value("hp-idu-pwr")
        return None if odu is None or idu is None else odu + idu

    def in_defrost(self, mono_ms: int) -> bool:
        """The heat pump, warmed up, gives no heat: water leaves colder than it came, or power collapsed."""
        on_ms = self.hp_on_ms(mono_ms)
        if on_ms is None or on_ms < self.params.hp_turn_on_minutes * 60_000:
            return False
        lwt, ewt = self.view.value("hp-lwt"), self.view.value("hp-ewt")
        if lwt is not None and ewt is not None and self.moving("primary-flow") and lwt < ewt - 1.0:
            return True
        power = self.hp_power_w()
        return power is not None and power < self.settings.heat_pump.running_w
