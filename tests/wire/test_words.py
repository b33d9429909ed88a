"""Our states in GridWorks words: nothing is missing, and every word is one of theirs."""

from __future__ import annotations

import pytest

from layouts.catalogue import RELAY_KINDS, ZONE_FAILSAFE, ZONE_OPS
from layouts.load import shipped_houses
from proto.layout_lite import WireLayout
from proto.wire.enums import ENUMS
from proto.words import machine_states
from states.overlays import CLAIMS
from states.tables import LEAVES
from states.tree import BOSS_OF, PICO_CYCLER
from tests.wire.scenes import house


def _words(path: str) -> dict[str, str]:
    return {f"{m.handle} {m.enum}": m.state for m in machine_states(path)}


@pytest.mark.parametrize("path", LEAVES)
def test_every_state_of_ours_has_words_the_peers_know(path: str) -> None:
    machines = machine_states(path)
    assert len(machines) == 5
    for machine in machines:
        assert machine.state in ENUMS[machine.enum], f"{machine} is no word of theirs"


def test_the_words_of_each_kind_of_state() -> None:
    top, main, lc, normal, ally = (
        "s top.state", "auto gw1.main.auto.state", "auto.lc gw1.lc.top.state",
        "auto.lc.n gw1.local.control.all.tanks.state", "ltn.la gw1.leaf.ally.all.tanks.state",
    )  # fmt: skip
    home = _words("HomeAlone.Normal.HpOnStoreCharge")
    assert (home[top], home[main], home[lc]) == ("Auto", "LocalControl", "Normal")
    assert (home[normal], home[ally]) == ("HpOnStoreCharge", "Dormant")
    atn = _words("AtnControlled.HpOffNonElectricBackup")
    assert (atn[main], atn[ally], atn[lc]) == ("LeafTransactiveNode", "HpOffNonElectricBackup", "Dormant")
    admin = _words("Dormant.Admin")
    assert (admin[top], admin[main], admin[lc]) == ("Admin", "Dormant", "Dormant")
    monitor = _words("Dormant.Monitor")
    assert (monitor[top], monitor[main], monitor[lc]) == ("Auto", "LocalControl", "Monitor")
    fault = _words("Fault.HandedBack")
    assert (fault[top], fault[main], fault[lc]) == ("Auto", "LocalControl", "ScadaBlind")
    assert _words("HomeAlone.Backup.OnBoiler")[lc] == "UsingNonElectricBackup"


def test_a_path_that_is_not_ours_is_an_error_and_not_a_guess() -> None:
    for path in ("HomeAloneish.Normal", "", "Cooling"):
        with pytest.raises(KeyError):
            machine_states(path)


@pytest.mark.parametrize("kind", [*RELAY_KINDS, ZONE_FAILSAFE, ZONE_OPS], ids=lambda kind: kind.key)
def test_the_words_of_every_relay_are_known(kind: object) -> None:
    events, states = ENUMS[kind.event_type], ENUMS[kind.state_type]  # type: ignore[attr-defined]
    assert {kind.rest_event, kind.active_event} == set(events)  # type: ignore[attr-defined]
    assert {kind.rest_state, kind.active_state} == set(states)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", shipped_houses())
def test_every_boss_is_a_node_of_the_house(name: str) -> None:
    from layouts.load import load_house

    handles = {node.handle for node in load_house(name).nodes}
    bosses = {boss for _, boss in BOSS_OF} | {claim.boss for claim in CLAIMS if claim.boss} | {PICO_CYCLER}
    assert bosses <= handles


def test_there_is_a_wire_layout_of_the_test_house() -> None:
    from layouts.settings import Settings

    assert len(WireLayout(house(), Settings()).nodes({})) == len(house().nodes)
