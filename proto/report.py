"""What the house did, for the ATN: power on change, snapshots, and a report for every five minutes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from layouts.model import House
from layouts.settings import Report as ReportSettings
from proto.actuators import Actuators, Change
from proto.capture import FIRST_MS, Tape
from proto.machines import Machines
from proto.slots import SlotClock
from proto.snapshots import Snapshots
from proto.unreported import Unreported, read
from proto.watts import Watts
from proto.wire.readings import ChannelReadings, PowerWatts, Report, ReportEvent, SnapshotSpaceheat
from proto.words import machine_states
from states.image import NO_READINGS, Now, Overview, Readbacks, Reading, Readings

MAX_READY = 4
"""Finished reports that nobody has fetched; of more the oldest goes, and that is counted."""
DERIVED_MS = 60_000
"""Computed channels are captured on every multiple of this."""

Fresh = Iterable[tuple[str, Reading]]


class ReportCounts(Struct):
    """What was captured, and what was let go because a bound was reached, since start."""

    captured: int = 0
    thinned: int = 0
    unknown_channels: int = 0
    states_dropped: int = 0
    moves_dropped: int = 0
    reports: int = 0
    reports_dropped: int = 0
    clock_set_back: int = 0


class Recorder:
    """Notes each tick what is worth telling and makes the messages when they are due.

    `new_id` gives random UUIDs (version 4, lower case). `record` costs in proportion to what is fresh.
    Until the wall clock has passed the year 2000 nothing is recorded: the wire has no words for it.
    """

    def __init__(self, house: House, settings: ReportSettings, new_id: Callable[[], str]) -> None:
        """Nothing recorded yet; the first slot begins with the first `record`."""
        self.house = house
        self._new_id = new_id
        self._tapes = {c.name: Tape(c.capture_period_s, c.async_delta) for c in house.channels}
        self._derived = {c.name: Tape(c.capture_period_s, None) for c in house.derived}
        self._derived_seen: dict[str, int] = {}
        self._derived_due_ms = 0
        self._watts = Watts(house, settings.power_change_fraction)
        self._machines = Machines()
        self._actuators = Actuators(house, self._machines, new_id)
        self._snapshots = Snapshots(house, settings.snapshot_s, self._actuators, self._machines)
        self.unreported = Unreported()
        self._slots = SlotClock(settings.report_s)
        self._report_s = settings.report_s
        self._ready: deque[ReportEvent] = deque()
        self._readings: Readings = NO_READINGS
        self._computed: Readings = NO_READINGS
        self._path = ""
        self._side: Mapping[str, tuple[str, str]] = {}
        self._counts = ReportCounts()

    @property
    def counts(self) -> ReportCounts:
        """Figures for metrics."""
        tapes = (*self._tapes.values(), *self._derived.values())
        self._counts.thinned = sum(tape.thinned for tape in tapes)
        self._counts.states_dropped = self._machines.dropped
        self._counts.moves_dropped = self._actuators.dropped
        return self._counts

    # ------------------------------------------------------------------------------------- each tick

    def record(
        self, now: Now, fresh: Fresh, readings: Readings, overview: Overview, readbacks: Readbacks
    ) -> None:
        """Note one tick: new samples, the latest readings, the state, and where the actuators are."""
        if now.wall_ms < FIRST_MS:
            return
        if self._slots.look(now):
            self._clock_was_set(now)
        elif self._slots.due(now):
            self._close(now)
        self._readings, self._computed = readings, overview.derived
        self._take(fresh)
        if overview.path != self._path:
            self._enter(now, overview)
        if overview.machines != self._side:
            self._side = overview.machines
            for handle, (enum, state) in overview.machines.items():
                self._machines.stands(enum, handle, enum, state, now.wall_ms)
        self._actuators.look(now, readbacks, overview.tree)
        if now.wall_ms >= self._derived_due_ms:
            self._take_derived(now)

    def _take(self, fresh: Fresh) -> None:
        tapes, counts, watts = self._tapes, self._counts, self._watts
        for name, reading in fresh:
            tape = tapes.get(name)
            if tape is None or reading.value is None:
                counts.unknown_channels += 1
                continue
            if tape.take(reading.value, reading.wall_ms):
                counts.captured += 1
                self.unreported.note(name, reading.value, reading.wall_ms)
            watts.take(name, reading)

    def _take_derived(self, now: Now) -> None:
        self._derived_due_ms = now.wall_ms - now.wall_ms % DERIVED_MS + DERIVED_MS
        for name, tape in self._derived.items():
            reading = self._computed.get(name)
            if reading is None or reading.value is None or self._derived_seen.get(name) == reading.mono_ms:
                continue
            self._derived_seen[name] = reading.mono_ms
            if tape.take(reading.value, reading.wall_ms):
                self._counts.captured += 1
                self.unreported.note(name, reading.value, reading.wall_ms)

    def _enter(self, now: Now, overview: Overview) -> None:
        """The strategy's machines follow our state; the rule that moved us is the cause."""
        self._path = overview.path
        for m in machine_states(overview.path):
            self._machines.stands(
                f"{m.handle} {m.enum}", m.handle, m.enum, m.state, now.wall_ms, overview.why.rule
            )

    def _clock_was_set(self, now: Now) -> None:
        self._counts.clock_set_back += 1
        self._close(now, early=True)
        self._snapshots.clock_was_set()
        self._derived_due_ms = 0

    # --------------------------------------------------------------------------------------- messages

    def changes(self) -> tuple[Change, ...]:
        """Actuators that moved since the last call, oldest first."""
        return self._actuators.changes()

    def expect_move(self, now: Now, node: str, trigger_id: str = "") -> None:
        """The next move of `node` is set off by this command; without a move its position is told anyway.

        Without an id the command was refused: whoever gave it sees where the actuator really stands.
        """
        self._actuators.expect(now, node, trigger_id)

    def power_watts(self, now: Now) -> PowerWatts | None:
        """Metered power, when it is known for the first time or has moved enough."""
        return self._watts.due(now)

    def power_elsewhere(self, watts: int) -> None:
        """Metered power, W, as the second computer's meter has just told it."""
        self._watts.hear(watts)

    def say_power_again(self) -> None:
        """Somebody has come who does not know the power: `power_watts` says it once more."""
        self._watts.again()

    def snapshot(self, now: Now) -> SnapshotSpaceheat:
        """A snapshot as of now."""
        return self._snapshots.make(now, self._readings, self._computed)

    def snapshot_due(self, now: Now) -> SnapshotSpaceheat | None:
        """A snapshot when it is time for one, or when an actuator has moved."""
        return self.snapshot(now) if self._path and self._snapshots.due(now) else None

    def report_due(self, now: Now) -> ReportEvent | None:
        """The report of a slot that is over; at most one a call."""
        if self._slots.due(now):
            self._close(now)
        return self._ready.popleft() if self._ready else None

    def flush(self, now: Now) -> ReportEvent | None:
        """The report of the slot so far, because the program stops."""
        if self._slots.start_s:
            self._close(now, early=True)
        return self._ready.popleft() if self._ready else None

    def _close(self, now: Now, *, early: bool = False) -> None:
        start_s, duration_s = self._slots.close(now, early=early)
        self.unreported.reported()
        if len(self._ready) >= MAX_READY:
            self._ready.popleft()
            self._counts.reports_dropped += 1
        self._ready.append(self._event(now.wall_ms, start_s, duration_s))
        self._counts.reports += 1

    def recover(self, now: Now, chunks: Iterable[bytes]) -> ReportEvent | None:
        """A report of the samples that an earlier run had not reported when it ended, if there are any."""
        known = self._tapes.keys() | self._derived.keys()
        found = read(chunks, known)
        times = [time_ms for at, _ in found.values() for time_ms in at]
        if not times:
            return None
        slot_ms = self._report_s * 1000
        first = min(times) // slot_ms
        slots = max(times) // slot_ms + 1 - first
        readings = tuple(
            ChannelReadings(
                channel_name=name,
                value_list=tuple(found[name][1]),
                scada_read_time_unix_ms_list=tuple(found[name][0]),
            )
            for name in found
        )
        made_ms = max(now.wall_ms, *times)
        return self._event(made_ms, first * self._report_s, slots * self._report_s, readings)

    def _event(
        self, wall_ms: int, start_s: int, duration_s: int, recovered: tuple[ChannelReadings, ...] = ()
    ) -> ReportEvent:
        """The report of a slot; of recovered readings, when there are any, and of nothing else."""
        report = Report(
            from_g_node_alias=self.house.scada.alias,
            from_g_node_instance_id=self.house.scada.id,
            about_g_node_alias=self.house.terminal_asset.alias,
            slot_start_unix_s=start_s,
            slot_duration_s=duration_s,
            channel_reading_list=recovered or self._cut_tapes(),
            state_list=() if recovered else self._machines.cut(wall_ms),
            fsm_report_list=() if recovered else self._actuators.cut(),
            message_created_ms=wall_ms,
            id=self._new_id(),
        )
        return ReportEvent(
            message_id=report.id,
            time_created_ms=report.message_created_ms,
            src=self.house.scada.alias,
            report=report,
        )

    def _cut_tapes(self) -> tuple[ChannelReadings, ...]:
        found = []
        for tapes in (self._tapes, self._derived):
            for name, tape in tapes.items():
                values, times = tape.cut()
                if values:
                    found.append(
                        ChannelReadings(
                            channel_name=name, value_list=values, scada_read_time_unix_ms_list=times
                        )
                    )
        return tuple(found)
