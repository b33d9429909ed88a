"""What the pure step carries from one tick to the next, all frozen."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from states.contract import ContractState
from states.energy import HeatForecast
from states.faults import Tracks
from states.governor import GovernorMemory
from states.image import NO_READINGS, HouseParams, Outputs, Readings, Why
from states.metering import EnergyLog
from states.pico_cycler import PicoCycler
from states.plausible import Doubts
from states.sieg import Sieg
from states.stalls import NONE, Stalls
from states.tables import HOME
from states.vetoes import NONE as NO_REFUSALS
from states.vetoes import Refusals

NOTHING: Mapping[str, int] = MappingProxyType({})


class Figures(Struct, frozen=True):
    """Forecast and energies, worked out once a minute and whenever their inputs change."""

    at_mono_ms: int = -(10**12)
    minute: int = -1
    """Of the wall clock (UTC): the same minute whatever the tick."""
    weather_uid: str = ""
    hour_s: int = 0
    forecast: HeatForecast | None = None
    required_swt_f: float | None = None
    usable_wh: int | None = None
    required_wh: int | None = None


class HomeNotes(Struct, frozen=True):
    """Latches and clocks of the strategies (HomeAlone and AtnControlled share the plant, so also these)."""

    charging_since_ms: int | None = None
    """House mono ms of the last change to HpOnStoreCharge."""
    low_power_since_ms: int | None = None
    """Since when the heat pump, on long enough, runs below full power (defrost) before charging."""
    declared_ready: bool = False
    full_wh: int | None = None
    """Usable energy when the store was found full by its cold pipe."""
    storage_full_ms: int | None = None
    both_full_ms: int | None = None
    buffer_best_f: float | None = None
    buffer_best_ms: int = 0
    """Hottest buffer bottom since the heat pump came on, and when: no gain for long is a stall."""
    cold_since_ms: int | None = None
    cold_buffer_since_ms: int | None = None
    setpoints_f: tuple[tuple[str, float], ...] = ()
    """Zone setpoints as last seen off-peak: what an occupant turns on-peak is not a breach."""


class HpWatch(Struct, frozen=True, gc=False):
    """What the heat pump was told and what it did, from readback and power."""

    called_since_ms: int | None = None
    off_since_ms: int | None = None
    running: bool | None = None
    """None: power unknown."""
    ran_since_call: bool = False
    misses: int = 0
    """Calls in a row that drew no power: within the start deadline, or before the last gate ended them."""
    silent_since_ms: int | None = None
    """Since when it has drawn no power although it is called."""
    moved: bool = True
    """Water has been seen to move in this call, or nobody can tell."""
    dry: int = 0
    """Calls in a row that drew power, moved no water and were ended."""
    resting_until_ms: int | None = None
    denied_since_ms: int | None = None
    """Since when heat is wanted and the heat pump not called."""


class AdminHold(Struct, frozen=True):
    """A person's lease on the house and what each actuator was told."""

    until_ms: int
    sender: str
    commands: tuple[tuple[str, int], ...] = ()


class Guards(Struct, frozen=True, gc=False):
    """Guards that are up, with their hysteresis."""

    freeze_by: tuple[str, ...] = ()
    """Channels that raised it and have not read well above since."""
    comfort_by: tuple[str, ...] = ()
    blind_since_ms: int | None = None
    """Since when nothing but sensors that fell silent keeps a guard up."""

    @property
    def freeze(self) -> bool:
        """The freeze guard is up."""
        return bool(self.freeze_by)

    @property
    def comfort(self) -> bool:
        """The comfort guard is up."""
        return bool(self.comfort_by)


class FlatTrack(Struct, frozen=True, gc=False):
    """A channel's last raw value, since when, and where its neighbours stood then."""

    raw: int
    since_ms: int
    neighbours_raw: int


class State(Struct, frozen=True):
    """The whole memory of the decision step."""

    path: str = HOME
    since_mono_ms: int = 0
    since_wall_ms: int = 0
    why: Why = Why("boot", "the program has just started")
    boot_mono_ms: int = 0
    """When the first look at the house was taken."""
    started: bool = False
    stalls: Stalls = NONE
    contract: ContractState = ContractState()
    energy: EnergyLog = EnergyLog()
    notes: HomeNotes = HomeNotes()
    figures: Figures = Figures()
    hp: HpWatch = HpWatch()
    admin: AdminHold | None = None
    guards: Guards = Guards()
    pico: PicoCycler = PicoCycler()
    sieg: Sieg | None = None
    """Where the Siegenthaler valve stands; None in a house that does not use one."""
    faults: Tracks = MappingProxyType({})
    flats: Mapping[str, FlatTrack] = MappingProxyType({})
    doubts: Doubts = Doubts()
    derived: Readings = NO_READINGS
    params: HouseParams = HouseParams()
    governor: GovernorMemory = GovernorMemory()
    local_switch: bool = False
    analog: tuple[tuple[str, int], ...] = ()
    """0-10 V values the ATN asked for; forgotten when it is no longer in charge."""
    wants_heat: bool = False
    """What was decided last asks for the heat pump, whatever a fault, a rest or the last gate made of it."""
    held: Outputs = NOTHING
    """What went out last tick."""
    refusals: Refusals = NO_REFUSALS
    """What the last gate keeps refusing."""
    gave_up: str = ""
    """Why the last contract was left, until the next one is accepted."""
