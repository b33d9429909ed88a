"""The SCADA of a house with a heat pump and thermal storage: wiring, the tick, the ledger, the commands.

Read this file from top to bottom: it is the program. One process, one thread, one loop with a fixed period;
each turn looks at everything once, decides once, writes once and reports once.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import random
import signal
import sys

if __name__ == "__main__":  # a Ctrl-C while the rest is still being loaded ends us without a traceback
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from hw.packages import insist

    insist()

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any

from msgspec import Struct

from hw import clock as clocks
from hw.failures import CRASHES, Failures
from hw.log import ERROR, INFO, NOTICE, WARNING, Log
from hw.notify import Notifier, notifier_from
from hw.ports import Ports, real_ports
from hw.renewal import Renewals
from hw.rig import Rig, RigRead
from hw.stop_signal import stop_signal as stop_signal  # tests reach it here
from hw.weather import weather_files
from layouts.bus_files import i2c_missing
from layouts.command_line import parse
from layouts.config import load_settings, read_settings
from layouts.credentials import with_credentials
from layouts.load import load_house
from layouts.mistakes import LayoutMistakes, SettingsMistakes
from layouts.model import House
from layouts.named_files import check_named_files
from layouts.settings import Settings
from layouts.share import SECONDARY, mismatches
from proto.contracts import contracts
from proto.conversation import Conversation
from proto.devices import DeviceListener
from proto.journal import Journal
from proto.links import Links
from proto.open import MakePipe, mqtt_pipes, new_id, open_conversation, open_links, open_store
from proto.page import Page, open_page
from proto.rehearsal import check
from proto.second import SecondConversation
from proto.status import StatusInput
from proto.store import Loaded, Store, StoreInUse
from proto.told import told
from proto.wire import Event as WireEvent
from proto.wire import Malformed, ShutdownEvent, StartupEvent
from proto.wire_file import Tap, open_wire
from states.calendar import Calendar, zone_of
from states.contract_journal import STARTED, STOPPED, befell
from states.decide import Decider, carried
from states.drawing import DRAWINGS
from states.governor import Governed
from states.image import Decision, Draw, Event, Heard, HeardLocalSwitch, Image, Now, Readbacks
from states.memory import Keeper
from states.second import Onlooker
from states.state import State
from states.story import words_of

EXIT_BROKEN, EXIT_CONFIG = 70, 78


# ------------------------------------------------------------------------------------------- the ledger


class Ledger:
    """What each tick cost: counts, worst and quantiles of work, lateness, per phase; never asks the time."""

    PHASES = ("read", "decide", "act", "report")

    def __init__(self, period_ms: float, stopwatch: Callable[[], int]) -> None:
        self.period_ms = period_ms
        self._watch = stopwatch
        self.count = self.overruns = self.skipped = 0
        self.worst_ns = 0
        self.phase_worst_ns = dict.fromkeys(self.PHASES, 0)
        self.phase_total_ns = dict.fromkeys(self.PHASES, 0)
        self._buckets = [0] * 1024
        self._begin_ns = self._mark_ns = 0
        self._slot0_net_ms: int | None = None
        self._slots = 0

    def open(self, net_ms: int) -> None:
        """A tick begins."""
        if self._slot0_net_ms is None:
            self._slot0_net_ms = net_ms
        self._begin_ns = self._mark_ns = self._watch()

    def mark(self, phase: str) -> None:
        """A phase is over."""
        now = self._watch()
        cost = now - self._mark_ns
        self.phase_total_ns[phase] += cost
        self.phase_worst_ns[phase] = max(self.phase_worst_ns[phase], cost)
        self._mark_ns = now

    def close(self, net_ms: int) -> int:
        """The tick is over; returns the net time of the next slot. Late slots are skipped, not caught up."""
        work = self._watch() - self._begin_ns
        self.count += 1
        self.worst_ns = max(self.worst_ns, work)
        self.overruns += work > self.period_ms * 1e6
        size = work.bit_length()
        self._buckets[min(1023, (size << 4) | ((work >> max(0, size - 5)) & 15))] += 1
        start = self._slot0_net_ms or 0
        self._slots += 1
        missed = ceil((net_ms - start) / self.period_ms) - self._slots
        if missed > 0:
            self.skipped += missed
            self._slots += missed
        return start + int(self._slots * self.period_ms)

    def quantile_ms(self, share: float) -> float:
        """Work below which `share` of all ticks lie, ms, to a sixteenth of an octave."""
        left = int(share * self.count)
        for place, number in enumerate(self._buckets):
            left -= number
            if number and left <= 0:
                size, part = place >> 4, place & 15
                return ((16 + part + 1) << max(0, size - 5)) / 1e6
        return 0.0

    def figures(self) -> dict[str, float]:
        """For the page, the API and `status`."""
        return {
            "count": self.count,
            "period_ms": self.period_ms,
            "overruns": self.overruns,
            "skipped": self.skipped,
            "p50_ms": self.quantile_ms(0.5),
            "p99_ms": self.quantile_ms(0.99),
            "p999_ms": self.quantile_ms(0.999),
            "max_ms": self.worst_ns / 1e6,
            **{f"{p}_mean_ms": self.phase_total_ns[p] / max(1, self.count) / 1e6 for p in self.PHASES},
            **{f"{p}_max_ms": self.phase_worst_ns[p] / 1e6 for p in self.PHASES},
        }


# ---------------------------------------------------------------------------------------------- the tick


class Parts(Struct):
    """Everything a tick works with; made by `build`, replaced one by one in tests."""

    clock: Any
    ports: Ports
    rig: Rig
    decider: Decider | Onlooker
    conversation: Conversation | SecondConversation
    store: Store
    links: Links
    notifier: Notifier
    log: Log
    rng: random.Random
    page: Page | None = None


class Scada:
    """The program. `tick()` is one turn; everything else serves it."""

    def __init__(self, house: House, settings: Settings, parts: Parts, period_net_ms: float) -> None:
        self.house, self.settings, self.parts = house, settings, parts
        self.ledger = Ledger(period_net_ms, clocks.stopwatch_ns)
        self.failures = Failures(parts.log)
        self.keeper = Keeper(house.scada.alias, clocks.boot_id())
        self.journal = Journal(parts.store.put_journal)
        self.listeners: list[Callable[[Event], None]] = []
        now = parts.clock.now()
        self.state: State = parts.decider.first_state(now)
        self.readbacks: Readbacks = parts.rig.readbacks(now)
        self.start_delay_ms = parts.rng.randrange(settings.limits.start_delay_max_s * 1000 + 1)
        self.last: tuple[Image, Decision, Governed] | None = None

    def tick(self) -> int:
        """Read, decide, act, report. Nothing here waits. Returns the net time of the next slot."""
        parts, ledger = self.parts, self.ledger
        now = parts.clock.now()
        ledger.open(now.net_ms)
        try:
            read, image = self.read(now)
            ledger.mark("read")
            decision = parts.decider.decide(image)
            governed = parts.decider.govern(decision)
            self.state = carried(decision, governed)
            ledger.mark("decide")
            self.readbacks = parts.rig.write(governed.outputs, now)
            ledger.mark("act")
        except CRASHES as error:
            self.failures.broken_tick(now.net_ms, error)
        else:
            self.last = image, decision, governed
            self.tell(now, read, image, decision)
            ledger.mark("report")
            parts.notifier.watchdog()
            parts.rig.finish(now, decision.overview.path)
        return ledger.close(parts.clock.now().net_ms)

    def tell(self, now: Now, read: RigRead, image: Image, decision: Decision) -> None:
        """Report and show, each on its own: what cannot be told must never keep the house from heating."""
        for what, part in (("report", self.report), ("page", self.show)):
            try:
                part(now, read, image, decision)
            except CRASHES as error:
                self.failures.untold(what, error)

    def read(self, now: Now) -> tuple[RigRead, Image]:
        """Posts, due devices, messages: everything once, bounded, into a frozen image."""
        parts = self.parts
        heard = self.hear(now)
        read = parts.rig.read(now, parts.ports.devices.receive(now))
        if read.answers:
            parts.ports.devices.answer(read.answers)
        if read.home is not None and read.home != self.state.local_switch:
            heard = (HeardLocalSwitch(read.home), *heard)
        draw = Draw(self.start_delay_ms, parts.rng.randrange(10))
        weather, links = parts.ports.weather.forecast(now), parts.links.status()
        seen = (now, read.readings, self.readbacks, heard, weather, links, draw, self.state)
        return read, Image(*seen, read.computer, read.missed_ms)

    def hear(self, now: Now) -> tuple[Heard, ...]:
        """What the links brought, as typed commands; readings of the second computer go to the rig.

        What makes no sense for this house is counted there.
        """
        parts = self.parts
        found: list[Heard] = []
        for received in parts.links.receive(now):
            try:
                heard = parts.conversation.hear(now, received.link, received.incoming)
            except Malformed as refusal:
                parts.links.refuse(received.link, refusal, now)
                continue
            if isinstance(heard, Heard):
                found.append(heard)
            elif heard is not None:
                parts.rig.hear_second(now, heard.samples, heard.wall_ms)
        for link in parts.links.greetings():
            parts.conversation.greet(link)
        return tuple(found)

    def report(self, now: Now, read: RigRead, image: Image, decision: Decision) -> None:
        """Say, store, remember; all bounded."""
        parts = self.parts
        self.journal.note(now, decision.journal)
        parts.conversation.pass_on(read.tick_lists)
        for said in parts.conversation.report(
            now, read.fresh, read.readings, decision.overview, self.readbacks, decision.say, image.weather
        ):
            if isinstance(said.payload, WireEvent):
                parts.links.event(said.payload, now, said.urgent, said.covers)
            else:
                parts.links.publish(said.link, said.payload, now, said.src)
        if (record := self.keeper.due(self.state, now)) is not None:
            parts.store.put_memory("state", record)
        if (record := parts.ports.weather.record()) is not None:
            parts.store.put_memory("weather", record)
        parts.conversation.keep(now, parts.store.put_samples)
        parts.links.flush(now)
        for event in (*decision.events, *told(now, parts.links, parts.conversation)):
            for listener in self.listeners:
                listener(event)

    def show(self, now: Now, _: RigRead, image: Image, decision: Decision) -> None:
        """The page, and a line for `systemctl status`."""
        parts = self.parts
        if parts.notifier.listening:
            seen = decision.overview
            marks = "SIMULATED " if parts.ports.simulated else ""
            parts.notifier.status(f"{marks}{seen.path}: {seen.waiting or seen.why.words}")
        if parts.page is not None:
            parts.page.sample(now, image, decision)
            parts.page.step(now, self.snapshot)

    def snapshot(self) -> StatusInput | None:
        """What the page shows, made only when somebody looks."""
        if self.last is None:
            return None
        image, decision, governed = self.last
        parts = self.parts
        return StatusInput(
            house=self.house,
            zone=parts.decider.calendar.zone,
            image=image,
            decision=decision,
            readbacks=self.readbacks,
            vetoes=governed.vetoes,
            waiting=governed.waiting,
            ledger=self.ledger.figures(),
            devices={**parts.rig.devices(), **parts.ports.weather.devices()},
            counters={**parts.rig.counters, **parts.ports.weather.counters, **parts.conversation.counters},
            simulated=parts.ports.simulated,
        )

    def start(self, loaded: Loaded) -> None:
        """Before the first tick: take up what an earlier run left, and say that we are here."""
        parts, now = self.parts, self.parts.clock.now()
        self.state, words = self.keeper.recall(self.state, loaded.memory.get("state"), now)
        for sentence in (*loaded.words, words, parts.ports.weather.recall(loaded.memory.get("weather"))):
            if sentence:
                parts.log.say(WARNING, "", sentence)
        self.journal.note(now, befell(self.state.contract, STARTED, words or "the program has started"))
        alias = parts.links.alias
        parts.links.event(
            StartupEvent(message_id=new_id(parts.rng), time_created_ms=now.wall_ms, src=alias), now
        )
        if lost := parts.conversation.lost_event(now, loaded.samples):
            parts.links.event(lost, now, urgent=True, covers=loaded.mark)

    def stop(self, reason: str) -> None:
        """Hand the house back, say goodbye, flush. The failsafe script does the first part once more."""
        parts, now = self.parts, self.parts.clock.now()
        parts.notifier.stopping()
        self.readbacks = parts.rig.write(parts.decider.gate.rest, now)
        self.journal.note(now, befell(self.state.contract, STOPPED, reason))
        alias, name = parts.links.alias, new_id(parts.rng)
        goodbye = ShutdownEvent(message_id=name, time_created_ms=now.wall_ms, src=alias, reason=reason)
        for event in (parts.conversation.last_event(now), goodbye):
            if event is not None:
                parts.links.event(event, now, urgent=True, covers=parts.conversation.covered)
        parts.links.flush(now)
        parts.links.close(now)
        parts.store.close(now)
        parts.rig.close()
        if parts.page is not None:
            parts.page.close()


# -------------------------------------------------------------------------------------------- the wiring


def build(
    house: House,
    settings: Settings,
    clock: Any,
    ports: Ports,
    store: Store,
    make_pipe: MakePipe,
    *,
    rng: random.Random,
    log: Log,
    speed: float = 1.0,
    notifier: Notifier | None = None,
    page: Page | None = None,
    tap: Tap | None = None,
) -> Scada:
    """The program around one house; what stands behind the ports and pipes is not its business."""
    zone, words = zone_of(settings.site.time_zone)
    if words:
        log.say(WARNING, "", words)
    conversation = open_conversation(house, settings, lambda: new_id(rng))
    decider = Onlooker if settings.site.role == SECONDARY else Decider
    parts = Parts(
        clock=clock,
        ports=ports,
        rig=Rig(house, settings, ports.i2c, ports.meter, ports.others),
        decider=decider(house, settings, Calendar(settings.tariff, zone)),
        conversation=conversation,
        store=store,
        links=open_links(house, settings, store, conversation, make_pipe, lambda: new_id(rng), tap),
        notifier=notifier or Notifier(""),
        log=log,
        rng=rng,
        page=page,
    )
    scada = Scada(house, settings, parts, settings.loop.tick_ms / speed)
    scada.listeners.append(lambda event: log.say(INFO, f"{event.kind} {event.name}", words_of(event)))
    if page is not None:
        scada.listeners.append(page.note)
    return scada


def open_ports(house: House, settings: Settings, clock: Any) -> Ports:
    """The buses the settings ask for, decided here and nowhere else."""
    listener = DeviceListener(settings.devices.listen, settings.devices.port)
    if settings.hardware.bus == "twin":
        from hw.twin.ports import twin_ports

        return twin_ports(house, settings, clock, listener)
    return real_ports(house, settings, listener)


def serve(scada: Scada, until: Callable[[], str]) -> int:
    """Tick until `until` gives a reason; returns the exit code."""
    parts = scada.parts
    due = scada.tick()
    gc.collect()
    gc.freeze()
    parts.notifier.ready()
    while not (reason := until() or scada.failures.broken):
        parts.clock.sleep_until(due)
        due = scada.tick()
    scada.stop(reason)
    return EXIT_BROKEN if scada.failures.broken else 0


# ------------------------------------------------------------------------------------------ the commands


def run(config: str, wire: str | None = None) -> int:
    """What systemd starts."""
    settings = with_credentials(load_settings(config), os.environ)
    house = load_house(settings.site.layout)
    if wrong := [*check_named_files(settings), *mismatches(house, settings)]:
        return refuse(wrong)
    clock, rng, certificates = clocks.RealClock(), random.SystemRandom(), Renewals(settings)
    log = Log(level=settings.log.level, net_ms=lambda: clock.now().net_ms)
    pipes = mqtt_pipes(certificates.dialer, certificates.tls, rng)
    try:
        store = open_store(house, settings, new_id(rng), rng.random)
        ports = open_ports(house, settings, clock)
        page = open_page(settings, house, ports.simulated)
        told, tap = notifier_from(os.environ), open_wire(wire, lambda words: log.say(WARNING, "wire", words))
        scada = build(
            house, settings, clock, ports, store, pipes, rng=rng, log=log, notifier=told, page=page, tap=tap
        )
    except (StoreInUse, OSError, ValueError) as error:
        return refuse([str(error)])
    scada.parts.links.watch(certificates)
    log.say(
        NOTICE, "", f"{house.display}: {ports.simulated or 'real buses'}; page {page.url if page else 'off'}"
    )
    for words in i2c_missing(house, settings):
        log.say(ERROR, "i2c", words)  # a fault, as any dead board; all else is read and told
    scada.start(store.load(lambda: clock.now().net_ms))
    return serve(scada, stop_signal())


def refuse(sentences: Sequence[str]) -> int:
    """Say what is wrong and give the exit code for a wrong configuration."""
    print(*sentences, sep="\n", file=sys.stderr)
    return EXIT_CONFIG


def show(text: str, wrong: Sequence[str] = ()) -> int:
    """Print what a command found, and what is wrong."""
    if text:
        print(text)
    return refuse(wrong) if wrong else 0


on_demand: Callable[[str], Any] = importlib.import_module  # what a run on real buses never loads
COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": lambda args: run(args.config, args.wire),
    "check": lambda args: show(*check(args.config, weather_files, clocks.RealClock().now, os.environ)),
    "certs": lambda args: on_demand("hw.certs").certs(args),
    "demo": lambda args: on_demand("tests.atn.demo").demo(args),
    "layout": lambda args: on_demand("layouts.layout_command").layout_command(args),
    "settings": lambda args: show(on_demand("layouts.commands").settings_show(*read_settings(args.config))),
    "diagram": lambda args: show(DRAWINGS[args.format]().removesuffix("\n")),
    "status": lambda args: on_demand("proto.commands").status(args.url, args.config),
    "contracts": lambda args: contracts(args, zone_of, clocks.RealClock().now().wall_ms),
    "hw": lambda args: on_demand("hw.field_command").hw_command(args, open_ports),
    "service": lambda args: on_demand("hw.service_command").service_command(args),
    "simulate": lambda args: on_demand("tests.atn.season").simulate(args),
}


def main(arguments: list[str]) -> int:
    """The command line; returns the exit code."""
    args = parse(arguments or ["run"])
    try:
        return COMMANDS[args.command](args)
    except (SettingsMistakes, LayoutMistakes) as mistakes:
        return refuse(mistakes.sentences)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
