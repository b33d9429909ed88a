"""Compares outputs, tanks, sensor modules, thermistors, probes and meter registers of a layout."""

from __future__ import annotations

from collections.abc import Iterable

from layouts import names
from layouts.build_parts import zone_indices
from layouts.compare import addresses, known_names, needed, no_twice
from layouts.draft import Draft
from layouts.mistakes import Notes

MAX_STORE_TANKS = 6
OUTPUTS_PER_BOARD = 2
TERMINALS_PER_CHIP = 4
MAX_CHIPS = 3
_REACHED = {
    "tcp": ("host", "name or address of the meter, for example 'eGauge14875.local'"),
    "rtu": (
        "serial_port",
        "the serial device, for example '/dev/serial/by-id/usb-FTDI_RS485_1234-if00-port0'",
    ),
}
_OTHER_KIND = {"hall": ("publish_length", "reed"), "reed": ("publish_period_s", "hall")}

ALWAYS_MOVE = ("dist-010v", "primary-010v")
"""Without these pumps no house is heated."""


def check_devices(notes: Notes, draft: Draft, zones_sound: bool) -> None:
    """Note what does not fit together; without sound zone numbers their channels are not judged."""
    _zero_tens(notes, draft)
    _tanks(notes, draft)
    _flows(notes, draft)
    _btus(notes, draft)
    _probes(notes, draft)
    _picos(notes, draft)
    _pipes(notes, draft)
    _registers(notes, draft)
    _meter(notes, draft, zones_sound)


def _zero_tens(notes: Notes, draft: Draft) -> None:
    outputs = draft.zero_tens
    known_names(notes, "zero_tens", "0-10 V output", outputs, names.ZERO_TENS)
    taken = ((f"zero_tens.{name}", name, row["output_idx"]) for name, row in outputs.items())
    no_twice(notes, "output_idx", taken)
    most = OUTPUTS_PER_BOARD * len(draft.boards["zero_ten"])
    for name, row in outputs.items():
        table, tenths = f"zero_tens.{name}", row["default_v"] * 10
        if (row["output_idx"] or 0) > most:
            notes.add(table, f"output_idx {row['output_idx']} needs a second board in [boards] zero_ten.")
        if abs(tenths - round(tenths)) > 1e-6:
            notes.add(table, f"default_v goes in steps of 0.1, not {row['default_v']:g}.")
        if not round(tenths) and name in ALWAYS_MOVE:
            notes.add(table, "default_v is 0, and 0 V stops the pump: no state could move its water.")
    for name in names.ZERO_TENS if outputs else ():
        if name not in outputs:
            notes.add("zero_tens", f"'{name}' is missing; every posture sets it.")


def _tanks(notes: Notes, draft: Draft) -> None:
    if not draft.tanks:
        return
    known = ("buffer", *(f"tank{number}" for number in range(1, MAX_STORE_TANKS + 1)))
    known_names(notes, "tanks", "tank", draft.tanks, known)
    if "buffer" not in draft.tanks:
        notes.add("tanks", "'buffer' is missing; every house has a buffer tank.")
    stores = [name for name in known[1:] if name in draft.tanks]
    if not stores:
        notes.add("tanks", f"'tank1' is missing; a house has 1 to {MAX_STORE_TANKS} store tanks.")
    for number, name in enumerate(stores, start=1):
        if name != f"tank{number}":
            rule = "store tanks are numbered from 1 without gaps"
            notes.add(f"tanks.{name}", f"'tank{number}' is missing before it; {rule}.")
            return


def _flows(notes: Notes, draft: Draft) -> None:
    known_names(notes, "flows", "flow module", draft.flows, names.FLOWS)
    for name, row in draft.flows.items():
        key, kind = _OTHER_KIND[row["kind"]]
        if row[key] is not None:
            notes.add(f"flows.{name}", f"{key} is a key of {kind} modules; this one is '{row['kind']}'.")
        usual = names.FLOW_KINDS[row["kind"]]["meter_type"]
        if row["gallons_per_tick"] is None and row["meter_type"] not in (None, usual):
            why = f"only for {usual} is it known"
            notes.add(f"flows.{name}", f"'gallons_per_tick' is missing: gallons per pulse; {why}.")
        if row["send_tick_lists"] and draft.nodes.get(name, {}).get("runs_on") == "s2":
            why = "only the primary speaks to the ATN"
            notes.add(f"flows.{name}", f"send_tick_lists is not for a module of the second computer; {why}.")
    needed(notes, "flows", (*draft.flows, *_btu_channels(draft, "flow")), names.FLOWS)


def _btus(notes: Notes, draft: Draft) -> None:
    known_names(notes, "btus", "heat meter", draft.btus, names.BTUS)
    for name in (name for name in draft.btus if name in names.BTUS):
        flow = _btu_channel(draft, name, "flow")
        if flow in draft.flows:
            found = f"'{flow}' is measured by [flows.{flow}] too; a heat meter stands in its place"
            notes.add(f"btus.{name}", f"{found}.")
        for key in ("flow", "hot", "cold"):
            table, channels = f"btus.{name}", names.FLOWS if key == "flow" else names.PIPES
            _known_channels(notes, draft, table, (_btu_channel(draft, name, key),), tuple(channels))


def _btu_channel(draft: Draft, name: str, key: str) -> str:
    """The channel a heat meter measures for `key` (flow, hot, cold)."""
    circuit = names.BTUS.get(name)
    return str(draft.btus[name][key] or (getattr(circuit, key) if circuit else ""))


def _btu_channels(draft: Draft, *keys: str) -> tuple[str, ...]:
    return tuple(_btu_channel(draft, name, key) for name in draft.btus for key in keys)


def _probes(notes: Notes, draft: Draft) -> None:
    no_twice(notes, "number", (("probes", name, rom) for name, rom in draft.probes.items()))
    _known_channels(notes, draft, "probes", draft.probes, tuple(names.PIPES))


def _picos(notes: Notes, draft: Draft) -> None:
    tanks = ((f"tanks.{name}", name, row["hw_uid"]) for name, row in draft.tanks.items())
    flows = ((f"flows.{name}", name, row["hw_uid"]) for name, row in draft.flows.items())
    btus = ((f"btus.{name}", name, row["hw_uid"]) for name, row in draft.btus.items())
    no_twice(notes, "hw_uid", (*tanks, *flows, *btus))


def _pipes(notes: Notes, draft: Draft) -> None:
    chips = draft.pipes["addresses"]
    addresses(notes, "pipes", "addresses", chips, MAX_CHIPS)
    table = "pipes.thermistors"
    no_twice(notes, "terminal", ((table, name, terminal) for name, terminal in draft.thermistors.items()))
    for name, terminal in draft.thermistors.items():
        if (terminal or 0) > TERMINALS_PER_CHIP * len(chips):
            found = f"[pipes] addresses names {len(chips)} of four terminals each"
            notes.add(table, f"{name}: terminal {terminal} needs another chip; {found}.")
    _known_channels(notes, draft, table, draft.thermistors, tuple(names.PIPES))
    measured = (*draft.thermistors, *draft.probes, *_btu_channels(draft, "hot", "cold"))
    needed(notes, table, measured, names.PIPES)


def _registers(notes: Notes, draft: Draft) -> None:
    """Each channel owns two neighbouring registers."""
    owners: dict[int, str] = {}
    for name, row in draft.registers.items():
        address = row["address"]
        if address is None:
            continue
        owner = owners.get(address) or owners.get(address + 1)
        if owner:
            why = "each channel has two registers"
            notes.add(f"meter.registers.{name}", f"address {address} is already taken by '{owner}'; {why}.")
        owners.update(dict.fromkeys((address, address + 1), name))


def _reached(notes: Notes, draft: Draft) -> None:
    """A meter on the network has a host, one on a serial line a device."""
    kind = draft.meter["kind"]
    key, says = _REACHED[kind]
    if not draft.meter[key]:
        notes.add("meter", f"'{key}' is missing: {says}.")


def _meter(notes: Notes, draft: Draft, zones_sound: bool) -> None:
    wires = tuple(f"{names.zone_node(i, name)}-whitewire-pwr" for name, i in zone_indices(draft).items())
    judged = [name for name in draft.registers if zones_sound or not name.startswith("zone")]
    _known_channels(notes, draft, "meter.registers", judged, (*names.POWERS, *wires))
    needed(notes, "meter.registers", draft.registers, names.POWERS)
    if draft.registers:
        _reached(notes, draft)
    metered: set[str] = set()
    for name, row in draft.registers.items():
        said = row["in_power_metering"]
        if name in names.METERED_HEAT_PUMP if said is None else said:
            metered.add(name)
        if name in metered and row["nameplate_w"] is None:
            why = "what is in power metering needs its nameplate power in W"
            notes.add(f"meter.registers.{name}", f"'nameplate_w' is missing: {why}.")
    if draft.registers and not metered:
        why = "the energy of a contract is what these use; the heat pump's hp-odu-pwr and hp-idu-pwr have it"
        notes.add("meter.registers", f"no channel has in_power_metering = true; {why}.")


def _known_channels(
    notes: Notes, draft: Draft, table: str, found: Iterable[str], known: tuple[str, ...]
) -> None:
    """A channel outside of the catalogue is welcome when [channels.*] says what it is about."""
    for name in found:
        if name not in known and not draft.channels.get(name, {}).get("about"):
            own = f"For a channel of your own write [channels.{name}] with 'about'."
            notes.add(table, f"there is no channel '{name}'.{notes.hint(name, known)} {own}")
