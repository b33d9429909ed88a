"""The machine's tables are complete: every leaf has a posture, every transition a way in and out."""

import pytest

from layouts.effects import ANALOG_EFFECTS, EFFECTS, KEEP
from states.atn_controlled import BRAIN as ATN_BRAIN
from states.choose import BY_MODE, BY_TOP
from states.homealone import BRAIN as HOME_BRAIN
from states.machine import IllegalTrigger, Machine
from states.tables import EFFECT_COLUMNS, HANDED_BACK, LEAVES, MONITOR, POSTURES, STATES, TRANSITIONS
from states.tree import boss

MACHINE = Machine()


def sources(source: str | list[str]) -> list[str]:
    places = [source] if isinstance(source, str) else source
    return [leaf for place in places for leaf in LEAVES if leaf == place or leaf.startswith(place + ".")]


def test_every_leaf_has_one_posture_with_a_word_for_every_effect() -> None:
    assert set(POSTURES) == set(LEAVES)
    assert set(EFFECT_COLUMNS) == set(EFFECTS) | set(ANALOG_EFFECTS)
    for path, row in POSTURES.items():
        assert len(row) == len(EFFECT_COLUMNS), path
        for effect, word in zip(EFFECT_COLUMNS, row, strict=True):
            if effect in ANALOG_EFFECTS:
                assert word in ("DEFAULT", KEEP) or 0 <= int(word) <= 100, (path, effect)
            else:
                assert word == KEEP or word in EFFECTS[effect], (path, effect)


def test_every_row_of_the_transition_table_leads_where_it_says() -> None:
    for trigger, source, to, _ in TRANSITIONS:
        leaves = sources(source)
        assert leaves, f"{trigger} starts nowhere"
        for leaf in leaves:
            assert MACHINE.fire(leaf, trigger) == to
            assert trigger in MACHINE.legal[leaf]


def test_no_trigger_has_two_destinations_from_one_leaf() -> None:
    seen: dict[tuple[str, str], str] = {}
    for trigger, source, to, _ in TRANSITIONS:
        for leaf in sources(source):
            assert seen.setdefault((leaf, trigger), to) == to


def test_a_trigger_without_a_row_is_an_error_that_names_state_and_trigger() -> None:
    with pytest.raises(IllegalTrigger, match=r"OnPeakStart has no row in state Dormant\.Admin"):
        MACHINE.fire("Dormant.Admin", "OnPeakStart")
    with pytest.raises(IllegalTrigger, match="Nonsense"):
        MACHINE.fire(LEAVES[0], "Nonsense")


def test_every_leaf_can_be_entered_and_left() -> None:
    entered = {to for _, _, to, _ in TRANSITIONS}
    left = {leaf for _, source, _, _ in TRANSITIONS for leaf in sources(source)}
    assert set(LEAVES) - entered <= {MONITOR}, "only Monitor is a mode of the site and needs no way in"
    assert set(LEAVES) == left


def test_only_camel_case_names_because_underscores_nest_silently() -> None:
    for leaf in LEAVES:
        assert all(part.isalnum() for part in leaf.split("."))


def test_every_leaf_is_somebodys_to_decide_and_has_a_boss() -> None:
    for leaf in LEAVES:
        top, _, rest = leaf.partition(".")
        assert top in BY_TOP
        assert boss(leaf)
        if top == "HomeAlone":
            assert rest.split(".")[0] in BY_MODE
    names = {leaf.rpartition(".")[2] for leaf in LEAVES if leaf.startswith("HomeAlone.Normal.")}
    assert names == set(HOME_BRAIN)
    assert {leaf.rpartition(".")[2] for leaf in LEAVES if leaf.startswith("AtnControlled.")} == set(ATN_BRAIN)


def test_handed_back_means_every_coil_at_rest() -> None:
    """De-energised is the safe house: each word of the row is one whose coils are all 0."""
    row = dict(zip(EFFECT_COLUMNS, POSTURES[HANDED_BACK], strict=True))
    for effect, word in row.items():
        if effect not in ANALOG_EFFECTS:
            assert set(EFFECTS[effect][word].values()) == {0}, effect


def test_top_states_are_the_four_of_the_design() -> None:
    assert [row["name"] for row in STATES] == ["HomeAlone", "AtnControlled", "Dormant", "Fault"]
