"""The process image: the only types that rooms share, all frozen, all times integer milliseconds.

`hw` and `proto` import this module and nothing else of `states`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

# --------------------------------------------------------------------------------------------- time


class Now(Struct, frozen=True, gc=False):
    """One look at the clock, taken once a tick.

    `wall_ms` UTC Unix time, for schedules and the wire; `mono_ms` house time that only runs forward, for
    every timer; `net_ms` real monotonic time, for sockets, acks and keep-alives. `synced` is false while
    the wall clock has not been set since boot: then no contract may live.
    """

    wall_ms: int
    mono_ms: int
    net_ms: int
    synced: bool = True


# ----------------------------------------------------------------------------------------- readings


GOOD = "good"
ABSENT = "absent"
OPEN = "open"
SHORT = "short"
RANGE = "out-of-range"
FLAT = "flat"
JUMP = "jump"
FAILED = "failed"
STALE = "stale"
QUALITIES = (GOOD, ABSENT, OPEN, SHORT, RANGE, FLAT, JUMP, FAILED, STALE)


class Reading(Struct, frozen=True, gc=False):
    """One measured value in the channel's wire integer, when it was true, and whether to believe it.

    `value` is None unless `quality` is good: unknown is a value of its own, never 0, never the last one.
    """

    value: int | None
    mono_ms: int
    wall_ms: int
    quality: str = GOOD


Readings = Mapping[str, Reading]
"""Latest reading per channel name; a channel never heard of is missing from the mapping."""

NO_READINGS: Readings = MappingProxyType({})


class Readback(Struct, frozen=True, gc=False):
    """What an actuator was told and what its board says, coil 0/1 or volts x 10; None: it does not answer."""

    commanded: int
    value: int | None
    mono_ms: int


Readbacks = Mapping[str, Readback]
Outputs = Mapping[str, int]
"""Value for every actuator by node name: relay coil 0/1, 0-10 V output volts x 10 (0 to 100)."""


class Post(Struct, frozen=True, gc=False):
    """A request heard by the device listener; `ticket` ties the answer to its connection."""

    ticket: int
    method: str
    path: str
    body: bytes
    local: str = ""
    """Address and port of ours that it came to, where the listener knows."""


class Answer(Struct, frozen=True, gc=False):
    """What the device listener should reply to a `Post`."""

    ticket: int
    status: int
    body: bytes = b""
    content_type: str = "application/json"


class TickList(Struct, frozen=True, gc=False):
    """What the flow module of a channel posted, as it is, for the ATN; and when it came."""

    channel: str
    body: bytes
    wall_ms: int


# ------------------------------------------------------------------------------------------ weather


class Weather(Struct, frozen=True):
    """Hourly forecast: entry i is true from `start_s + 3600 i` (UTC seconds, whole hour).

    `oat_f` °F, `wind_mph` mph, equal lengths. `source` names where it came from.
    """

    source: str
    created_wall_ms: int
    start_s: int
    oat_f: tuple[float, ...]
    wind_mph: tuple[float, ...]
    uid: str = ""


# ------------------------------------------------------------------------------------------ why


class Why(Struct, frozen=True, gc=False):
    """Why something is as it is, made where the guard was evaluated: rule, words, numbers."""

    rule: str
    words: str
    numbers: tuple[tuple[str, float], ...] = ()


class Event(Struct, frozen=True, gc=False):
    """Something that happened in a tick and deserves a line: log, page, story and report print it.

    `kind`: transition, fault, clear, contract, admin, veto, actuator, note.
    """

    kind: str
    name: str
    words: str
    mono_ms: int
    wall_ms: int
    before: str = ""
    after: str = ""


# ---------------------------------------------------------------------------------------- contracts


class Contract(Struct, frozen=True):
    """A `slow.dispatch.contract`: average watts over minutes from `start_s` (UTC seconds, 5-minute grid)."""

    scada_alias: str
    start_s: int
    duration_minutes: int
    avg_power_watts: int
    oil_boiler_on: bool
    contract_id: str

    @property
    def end_s(self) -> int:
        """UTC second at which the slot is over."""
        return self.start_s + 60 * self.duration_minutes

    @property
    def watt_hours(self) -> int:
        """Energy bought, Wh."""
        return int(self.avg_power_watts * self.duration_minutes / 60)


class Heartbeat(Struct, frozen=True, kw_only=True):
    """A `slow.contract.heartbeat`, heard or to be said. `from_node` is "ltn" or "s"."""

    from_node: str
    contract: Contract
    status: str
    previous_status: str | None
    created_ms: int
    cause: str | None = None
    authoritative: bool = True
    watt_hours_used: int | None = None
    my_digit: int
    your_last_digit: int | None = None
    signed_proof: str = ""


class HouseParams(Struct, frozen=True):
    """The house model the ATN may tune (`ha1.params` 006), in physical units."""

    alpha: float = 5.5
    """kW at 0 °F outdoors."""
    beta: float = -0.1
    """kW per °F."""
    gamma: float = 0.0
    """kW per mph per °F below 65."""
    intermediate_power_kw: float = 1.5
    intermediate_rswt_f: float = 100.0
    dd_power_kw: float = 5.5
    dd_rswt_f: float = 150.0
    dd_delta_t_f: float = 20.0
    hp_max_kw_el: float = 9.66
    max_ewt_f: float = 170.0
    load_overestimation_percent: float = 0.0
    cop_intercept: float = 1.02
    cop_oat_coeff: float = 0.0257
    cop_lwt_coeff: float = 0.0
    cop_min: float = 1.4
    cop_min_oat_f: float = 15.0
    hp_turn_on_minutes: float = 12.0


# ------------------------------------------------------------------------------------ what was heard


class HeardHeartbeat(Struct, frozen=True):
    """A contract heartbeat from the ATN. `link` and `sender` are as the wire showed them."""

    link: str
    sender: str
    heartbeat: Heartbeat


class HeardAdmin(Struct, frozen=True):
    """A person speaks: set one actuator (or none, keep-alive), for at most `lease_s` (None: the maximum)."""

    link: str
    sender: str
    actuator: str | None
    value: int
    lease_s: int | None


class HeardRelease(Struct, frozen=True):
    """A person lets go."""

    link: str
    sender: str


class HeardAnalog(Struct, frozen=True):
    """The ATN asks for a 0-10 V value, volts x 10; `from_handle` must be the output's boss."""

    link: str
    sender: str
    actuator: str
    value: int
    from_handle: str


class HeardParams(Struct, frozen=True):
    """The ATN proposes house parameters; bounds are ours."""

    link: str
    sender: str
    message_id: str
    params: HouseParams


class HeardLocalSwitch(Struct, frozen=True):
    """The switch on the cabinet was turned to `home` (True) or back."""

    home: bool


Heard = HeardHeartbeat | HeardAdmin | HeardRelease | HeardAnalog | HeardParams | HeardLocalSwitch


# --------------------------------------------------------------------------------------- what to say


class SayHeartbeat(Struct, frozen=True):
    """Send a contract heartbeat to the ATN; `urgent` ones are committed to disk at once."""

    heartbeat: Heartbeat


class SayNoNewContract(Struct, frozen=True):
    """Two minutes after an end without a successor."""

    contract_id: str
    grace_end_s: int


class SayGlitch(Struct, frozen=True):
    """Tell the ATN of an anomaly. `level`: Critical, Error, Warning, Info."""

    node: str
    level: str
    summary: str
    details: str


class SayParams(Struct, frozen=True):
    """Echo of a parameter update: what is in force now and what was before."""

    message_id: str
    new: HouseParams
    old: HouseParams


class SayRefusal(Struct, frozen=True):
    """A contract offer arrived that we do not take, and why."""

    contract_id: str
    words: str


Say = SayHeartbeat | SayNoNewContract | SayGlitch | SayParams | SayRefusal


# ------------------------------------------------------------------------------- state of decisions
#
# What the pure step carries from tick to tick is defined beside the code that owns it (`states/state.py`);
# other rooms only pass it through, hence `Any` here.


class LinkStatus(Struct, frozen=True):
    """How a link stands: its state word, since when, what was lost on it; `act`: a person must act."""

    name: str
    state: str
    since_mono_ms: int
    words: str = ""
    act: bool = False


class Draw(Struct, frozen=True, gc=False):
    """Random numbers handed in like time: uniform start delay and a digit 0 to 9."""

    start_delay_ms: int
    digit: int


class Computer(Struct, frozen=True, gc=False):
    """How the computer itself is doing; None: not known."""

    under_voltage: float | None = None
    """1 while its supply sags, else 0."""
    cpu_c: float | None = None
    disk_used: float | None = None
    """Per cent of the disk that holds what must survive."""
    clock_age_h: float | None = None
    """Hours since a time server last set the clock."""


class Image(Struct, frozen=True):
    """Everything a decision may look at, frozen for the tick."""

    now: Now
    readings: Readings
    readbacks: Readbacks
    heard: tuple[Heard, ...]
    weather: Weather | None
    links: Mapping[str, LinkStatus]
    draw: Draw
    state: Any
    computer: Computer = Computer()
    missed_ms: int = 0
    """Of the house's time: how long this program itself stood still before this tick."""


class FaultView(Struct, frozen=True):
    """An active fault as the page, the API and the log show it."""

    name: str
    words: str
    act: str
    since_mono_ms: int
    since_wall_ms: int
    latched: bool = False


class ContractView(Struct, frozen=True):
    """The contract as the page, the API and the reports show it."""

    phase: str
    contract: Contract | None
    status: str | None
    watt_hours_used: float
    remaining_wh: int | None
    last_heard_mono_ms: int | None
    words: str


class HeatForecast(Struct, frozen=True):
    """The next 24 whole hours: UTC start, load kW, RSWT °F, ΔT °F, outdoor °F."""

    start_s: tuple[int, ...]
    load_kw: tuple[float, ...]
    rswt_f: tuple[float, ...]
    delta_t_f: tuple[float, ...]
    oat_f: tuple[float, ...]
    weather_uid: str

    def max_rswt_f(self, hours: int) -> float:
        """Hottest source water needed in the next `hours`, rounded to 0.1."""
        return round(max(self.rswt_f[:hours]), 1)


class Overview(Struct, frozen=True, kw_only=True):
    """What a decision shows the outside, in types that other rooms may read."""

    path: str
    since_mono_ms: int
    since_wall_ms: int
    why: Why
    machines: Mapping[str, tuple[str, str]]
    """GridWorks machine handle -> (state enum name, state), for snapshots and reports."""
    tree: Mapping[str, str]
    """Actuator node -> handle of its boss."""
    claims: Mapping[str, Why]
    """Actuator node -> why an overlay holds it; strategy-held ones are not listed."""
    derived: Readings
    contract: ContractView
    faults: tuple[FaultView, ...]
    params: HouseParams
    waiting: str = ""
    """A sentence while something is timed ("waiting 214 s before the first start"), else empty."""
    heat: HeatForecast | None = None
    plan: Mapping[str, float] = MappingProxyType({})
    """Named figures for the page: rswt_f, load_kw, usable_kwh, required_kwh, setpoints and the like."""


class Veto(Struct, frozen=True, gc=False):
    """The governor refused an output: which, wished, given instead, the invariant, why, the rule's name."""

    actuator: str
    wished: int
    given: int
    rule: str
    words: str
    name: str = ""


class Noted(Struct, frozen=True):
    """A line for the contract journal. `what`: heard, said, lost, started, stopped."""

    what: str
    contract_id: str
    heartbeat: Heartbeat | None
    used_wh: int
    why: str
    sender: str = ""
    rank: str = "held"
    """Decides what is left out when too much is said (`states/contract_journal.py`)."""


class Decision(Struct, frozen=True):
    """What one tick decided."""

    state: Any
    wish: Outputs
    overview: Overview
    events: tuple[Event, ...]
    say: tuple[Say, ...]
    seen: Any = None
    """What the governor judges the wish by (`states.governor_memory.Seen`)."""
    journal: tuple[Noted, ...] = ()
