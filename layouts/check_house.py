"""Checks a house as built: what [nodes.*] and [channels.*] refer to, and the rules of the wire."""

from __future__ import annotations

from collections import Counter

from layouts.build_channels import shortest_stale_ms
from layouts.draft import Draft, Rows, zones_sound
from layouts.mistakes import Notes, shown
from layouts.model import Channel, House, Node

SECOND_CLASSES = frozenset(
    {"PowerMeter", "MultipurposeSensor", "ApiTankModule", "ApiFlowModule", "ApiBtuMeter", "Hubitat"}
)
"""What may hang on the second computer."""


def check_house(notes: Notes, draft: Draft, house: House) -> None:
    """Note every reference to something that is not there and every broken rule of the wire."""
    _nodes(notes, draft, house)
    _channels(notes, draft, house)
    _captured_once(notes, house)
    _metered_once(notes, house)
    if not len(notes):  # otherwise these may only follow from what was noted
        _ids(notes, house)
        for sentence in broken_axioms(house):
            notes.add("", sentence)


# -------------------------------------------------------------------------- [nodes.*], [channels.*]


def _nodes(notes: Notes, draft: Draft, house: House) -> None:
    known = [node.name for node in house.nodes]
    handles = {wire_handle(node) for node in house.nodes}
    for name, row in _judged(draft, draft.nodes).items():
        node = house.node_by_name.get(name)
        table = f"nodes.{name}"
        if node is None:
            own = "A node of your own needs a channel that is about it."
            notes.add(table, f"there is no node of that name.{notes.hint(name, known)} {own}")
            continue
        if row["runs_on"] != "s":
            _second(notes, draft, table, node)
        _handle(notes, table, name, row["handle"], handles)


def _second(notes: Notes, draft: Draft, table: str, node: Node) -> None:
    """The second computer measures; whatever commands or decides stays with the primary."""
    if node.hierarchy is None:
        notes.add(table, f"'{node.name}' runs no code of its own, so runs_on cannot be 's2'.")
    elif node.actor_class == "HoneywellThermostat":
        if not node.hierarchy.startswith("s2."):
            hub = "[nodes.hubitat] runs_on = 's2'"
            notes.add(table, f"a thermostat speaks through the hub and runs where it runs; write {hub}.")
    elif node.actor_class not in SECOND_CLASSES:
        rule = "the second computer only measures"
        notes.add(table, f"'{node.name}' commands or decides, so runs_on cannot be 's2'; {rule}.")


def _judged(draft: Draft, rows: Rows) -> Rows:
    """Without sound zone numbers, what bears a zone's number cannot be judged."""
    if zones_sound(draft):
        return rows
    return {name: row for name, row in rows.items() if not name.startswith("zone")}


def _handle(notes: Notes, table: str, name: str, handle: str | None, handles: set[str]) -> None:
    if handle is None:
        return
    parent, _, last = handle.rpartition(".")
    if last != name:
        notes.add(table, f"handle must end in '{name}', not {shown(last)}.")
    if parent and parent not in handles:
        hint = notes.hint(parent, sorted(handles))
        notes.add(table, f"handle '{handle}' has no boss: there is no node with the handle '{parent}'.{hint}")


def _channels(notes: Notes, draft: Draft, house: House) -> None:
    known = [*house.channel_by_name, *house.derived_by_name]
    for name, row in _judged(draft, draft.channels).items():
        table = f"channels.{name}"
        channel = house.channel_by_name.get(name)
        if channel is None and name not in house.derived_by_name:
            notes.add(table, f"nobody captures this channel.{notes.hint(name, known)}")
            continue
        capturer = channel.captured_by if channel else house.derived_by_name[name].created_by
        _capturer(notes, table, row["captured_by"], capturer, house)
        if channel is not None:
            _rule(notes, table, channel, house)
        elif row["about"] or row["async_delta"]:
            key = "about" if row["about"] else "async_delta"
            notes.add(table, f"{key} has no meaning here: '{name}' is computed, not measured.")


def _capturer(notes: Notes, table: str, said: str | None, is_so: str, house: House) -> None:
    if said is None or said == is_so:
        return
    if said in house.node_by_name:
        notes.add(table, f"captured_by is '{said}', but this channel is captured by '{is_so}'.")
        return
    hint = notes.hint(said, house.node_by_name)
    notes.add(table, f"captured_by is '{said}', but there is no such node.{hint}")


def _rule(notes: Notes, table: str, channel: Channel, house: House) -> None:
    if channel.about not in house.node_by_name:
        known = sorted(house.node_by_name)
        notes.add(
            table, f"about is '{channel.about}', but there is no such node.{notes.hint(channel.about, known)}"
        )
    shortest = shortest_stale_ms(channel.sample_period_ms)
    if channel.stale_ms < shortest:
        sampled = f"it is sampled every {channel.sample_period_ms / 1000:g} s"
        notes.add(
            table,
            f"stale_s must be at least {shortest / 1000:g}, two and a half sampling periods; {sampled}.",
        )
    if channel.poll_period_ms and 1000 * channel.capture_period_s <= channel.poll_period_ms:
        polled = f"it is polled every {channel.poll_period_ms / 1000:g} s"
        notes.add(table, f"capture_period_s must be longer than the polling period; {polled}.")


# ------------------------------------------------------------------------------- rules of the wire


def _captured_once(notes: Notes, house: House) -> None:
    names = [channel.name for channel in house.channels] + [channel.name for channel in house.derived]
    for name, count in Counter(names).items():
        if count > 1:
            by = sorted({channel.captured_by for channel in house.channels if channel.name == name})
            notes.add("", f"channel '{name}' is captured {count} times, by {' and '.join(by)}.")


def _metered_once(notes: Notes, house: House) -> None:
    owners: dict[str, str] = {}
    for register in house.meter.registers:
        about = house.channel_by_name[register.channel].about
        if about in owners:
            table = f"meter.registers.{register.channel}"
            notes.add(table, f"node '{about}' is already metered by '{owners[about]}'.")
        owners.setdefault(about, register.channel)


def _ids(notes: Notes, house: House) -> None:
    gnodes = [(f"[gnodes.{name}]", gnode.id) for name, gnode in
              (("ltn", house.ltn), ("scada", house.scada), ("ta", house.terminal_asset))]  # fmt: skip
    nodes = [(f"node '{node.name}'", node.id) for node in house.nodes]
    raw = [(f"channel '{channel.name}'", channel.id) for channel in house.channels]
    derived = [(f"channel '{channel.name}'", channel.id) for channel in house.derived]
    owners: dict[str, str] = {}
    for owner, uid in (*gnodes, *nodes, *raw, *derived):
        if owners.setdefault(uid, owner) != owner:
            notes.add("", f"{owner} and {owners[uid]} have the same id {uid}.")


def wire_handle(node: Node) -> str:
    """The handle of a node; without one of its own it goes by its name."""
    return node.handle or node.name


def broken_axioms(house: House) -> tuple[str, ...]:
    """Sentences on what a receiver of `layout.lite` would refuse; empty for a sound house."""
    actors = {node.name for node in house.nodes if node.actor_class != "NoActor"}
    handles = {wire_handle(node) for node in house.nodes}
    found: list[str] = []
    for channel in house.channels:
        if channel.captured_by not in actors:
            found.append(
                f"channel '{channel.name}' is captured by '{channel.captured_by}', which runs no code."
            )
    for derived in house.derived:
        if derived.created_by not in actors:
            found.append(f"channel '{derived.name}' is made by '{derived.created_by}', which runs no code.")
    for name, count in Counter(node.name for node in house.nodes).items():
        if count > 1:
            found.append(f"there are {count} nodes named '{name}'.")
    orphans: dict[str, list[str]] = {}
    for node in house.nodes:
        parent = wire_handle(node).rpartition(".")[0]
        if parent and parent not in handles:
            orphans.setdefault(parent, []).append(node.name)
    for parent, children in orphans.items():
        found.append(f"no node has the handle '{parent}', but {_some(children)} should stand under it.")
    for node in house.nodes:
        if node.in_power_metering and node.nameplate_w is None:
            found.append(f"node '{node.name}' is in power metering without a nameplate power.")
    return tuple(found)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(f"'{name}'" for name in names[:3]) + more
