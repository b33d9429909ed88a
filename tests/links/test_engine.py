"""The private names of paho that the engine leans on are still there and still do what we think."""

from __future__ import annotations

import inspect

import paho.mqtt
from paho.mqtt.client import Client

from proto.engine import Engine


def test_the_pinned_paho_is_the_one_that_was_read() -> None:
    assert paho.mqtt.__version__.startswith("2.2."), "read client.py of this release, then move this line"


def test_reconnect_takes_its_socket_from_create_socket_and_makes_no_other() -> None:
    source = inspect.getsource(Client.reconnect)
    assert "self._sock = self._create_socket()" in source
    assert source.count("_create_socket") == 1
    assert Engine._create_socket is not Client._create_socket


def test_send_pingreq_takes_nothing() -> None:
    assert list(inspect.signature(Client._send_pingreq).parameters) == ["self"]


def test_loop_read_reads_nothing_but_the_socket_it_was_given() -> None:
    source = inspect.getsource(Client._packet_read)
    assert "_sock_recv" in source
    assert ".recv(" not in source
