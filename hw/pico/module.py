"""What every Wi-Fi device that posts to us has in common: who it is, what it may post, when it is silent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from hw.device import Device
from hw.nesting import TOO_DEEP, too_deep
from states.image import Now, Reading

Sample = tuple[str, Reading]
Samples = tuple[Sample, ...]
Taken = tuple[bytes, Samples]
"""Body of the 200 answer, and what was measured."""
Handler = Callable[[bytes, Now], Taken]
T = TypeVar("T")

_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SILENT_PERIODS = 2.5
WRONG_BODY = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What something in a body that nobody thought of may raise; it is the body's fault, never the tick's."""


class Refused(Exception):
    """A post is not taken. `status` is the HTTP status; the message is a sentence."""

    def __init__(self, status: int, words: str) -> None:
        """Say it."""
        super().__init__(words)
        self.status = status


class Module:
    """One device: its posts come to `routes`, its health is in `device`."""

    def __init__(self, name: str, hw_uid: str | None, period_s: float) -> None:
        """`period_s`: it posts at least this often. Without `hw_uid` the first that calls is adopted."""
        self.device = Device(name)
        self.name = name
        self.hw_uid = hw_uid
        self.period_s = period_s
        self.routes: Mapping[str, Handler] = {}
        self.reached_at = ""
        """Address and port of ours that its last post came to; empty until the listener says so."""
        self._adopted = False
        self._silent_ms = int(1000 * _SILENT_PERIODS * period_s)
        self._heard_ms: int | None = None

    def check_uid(self, hw_uid: str) -> None:
        """Raise `Refused` unless this is our device; adopt it when the layout names none."""
        if self.hw_uid is None and _UID.fullmatch(hw_uid):
            self.hw_uid, self._adopted = hw_uid, True
        if hw_uid != self.hw_uid:
            raise Refused(403, f"{self.name} is {self.hw_uid}, not {hw_uid[:40]!r}.")

    def heard(self, now: Now) -> None:
        """It posted something we believe."""
        self._heard_ms = now.mono_ms
        self.device.good(
            f"adopted {self.hw_uid}: write it into the layout as hw_uid" if self._adopted else ""
        )

    def tend(self, now: Now) -> None:
        """Notice that it has fallen silent."""
        heard = self._heard_ms
        if heard is not None and now.mono_ms - heard > self._silent_ms:
            self.device.silent(f"silent for more than {self._silent_ms // 1000} s")


def decoder(kind: type[T]) -> Callable[[bytes], T]:
    """A function from a JSON body to `kind`; raises `Refused` with the reason when it does not fit."""
    decode = msgspec.json.Decoder(kind).decode

    def read(body: bytes) -> T:
        if too_deep(body):
            raise Refused(400, f"The body is not a {kind.__name__}: {TOO_DEEP}.")
        try:
            return decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(400, f"The body is not a {kind.__name__}: {error}.") from error

    return read


def check_type(found: str, expected: str) -> None:
    """Raise `Refused` unless the body says it is of the expected type."""
    if found != expected:
        raise Refused(400, f"TypeName is {found[:40]!r}, not {expected!r}.")
