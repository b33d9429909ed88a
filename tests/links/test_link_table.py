"""The table of the link, read against the protocol's."""

from __future__ import annotations

import pytest

from proto import link_table as t

PROTOCOL = """
    not_started              start        connecting
    connecting               connected    awaiting_setup_and_peer  mqtt.connect
    connecting               failed       connecting
    connecting               message      connecting
    awaiting_setup_and_peer  subscribed   awaiting_peer            mqtt.fully.subscribed ping
    awaiting_setup_and_peer  message      awaiting_setup
    awaiting_setup_and_peer  lost         connecting               forget mqtt.disconnect
    awaiting_setup           subscribed   active   mqtt.fully.subscribed ping upload peer.active greet
    awaiting_setup           message      awaiting_setup
    awaiting_setup           lost         connecting               forget mqtt.disconnect
    awaiting_peer            message      active                   upload peer.active greet
    awaiting_peer            ack_timeout  awaiting_peer
    awaiting_peer            silent       awaiting_peer
    awaiting_peer            lost         connecting               forget mqtt.disconnect
    active                   message      active
    active                   ack_timeout  awaiting_peer            forget response.timeout ping
    active                   silent       awaiting_peer            forget response.timeout ping
    active                   lost         connecting               forget mqtt.disconnect
"""


def rows() -> dict[tuple[str, str], tuple[str, tuple[str, ...]]]:
    split = [line.split() for line in PROTOCOL.strip().splitlines()]
    return {(state, word): (after, tuple(effects)) for state, word, after, *effects in split}


def test_the_table_is_the_protocols_and_every_state_can_be_stopped_for_good() -> None:
    assert {key: row for key, row in t.TABLE.items() if "stop" not in key and key[0] != "stopped"} == rows()
    for state in t.STATES:
        assert t.TABLE[state, "stop"] == ("stopped", ())
    for word in t.INPUTS:
        assert t.TABLE["stopped", word] == ("stopped", ())


@pytest.mark.parametrize("state", [s for s in t.STATES if s != t.NOT_STARTED])
def test_every_state_can_be_reached_and_left(state: str) -> None:
    assert any(after == state and before != state for (before, _), (after, _) in t.TABLE.items())
    if state != "stopped":
        assert any(before == state and after != state for (before, _), (after, _) in t.TABLE.items())


@pytest.mark.parametrize("state", t.STATES)
def test_a_lost_broker_is_understood_wherever_there_was_one(state: str) -> None:
    had_broker = state not in (t.NOT_STARTED, t.CONNECTING)
    assert ((state, "lost") in t.TABLE) == had_broker
