"""The broker for machines without mosquitto: `python -m tests.atn.python_broker PORT`, a process of its own.

It ends when its parent does: a demo that is killed leaves no broker behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys

from amqtt.broker import Broker


async def serve(port: int) -> None:
    """Run until SIGTERM, or until whoever started us is gone."""
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    broker = Broker(config)
    await broker.start()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    parent = os.getppid()
    while not stop.is_set() and os.getppid() == parent:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1.0)
    await broker.shutdown()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(serve(int(sys.argv[1])))
