"""Compares outputs, tanks, flow modules, thermistors and meter registers of a layout with each other."""

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
_OTHER_KIND = {"hall": ("publish_length", "reed"), "reed": ("publish_period_s", "hall")}


def check_devices(notes: Notes, draft: Draft, zones_sound: bool) -> None:
    """Note what does not fit together; without sound zone numbers their channels are not judged."""
    _zero_tens(notes, draft)
    _tanks(notes, draft)
    _flows(notes, draft)
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
    needed(notes, "flows", draft.flows, names.FLOWS)


def _picos(notes: Notes, draft: Draft) -> None:
    tanks = ((f"tanks.{name}", name, row["hw_uid"]) for name, row in draft.tanks.items())
    flows = ((f"flows.{name}", name, row["hw_uid"]) for name, row in draft.flows.items())
    no_twice(notes, "hw_uid", (*tanks, *flows))


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
    needed(notes, table, draft.thermistors, names.PIPES)


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


def _meter(notes: Notes, draft: Draft, zones_sound: bool) -> None:
    wires = tuple(f"{names.zone_node(i, name)}-whitewire-pwr" for name, i in zone_indices(draft).items())
    judged = [name for name in draft.registers if zones_sound or not name.startswith("zone")]
    _known_channels(notes, draft, "meter.registers", judged, (*names.POWERS, *wires))
    needed(notes, "meter.registers", draft.registers, names.POWERS)
    for name, row in draft.registers.items():
        said = row["in_power_metering"]
        metered = name in names.METERED_HEAT_PUMP if said is None else said
        if metered and row["nameplate_w"] is None:
            why = "what is in power metering needs its nameplate power in W"
            notes.add(f"meter.registers.{name}", f"'nameplate_w' is missing: {why}.")


def _known_channels(
    notes: Notes, draft: Draft, table: str, found: Iterable[str], known: tuple[str, ...]
) -> None:
    """A channel outside of the catalogue is welcome when [channels.*] says what it is about."""
    for name in found:
        if name not in known and not draft.channels.get(name, {}).get("about"):
            own = f"For a channel of your own write [channels.{name}] with 'about'."
            notes.add(table, f"there is no channel '{name}'.{notes.hint(name, known)} {own}")
