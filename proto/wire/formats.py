"""The word and number formats of the wire, as types that are checked wherever a message is read or sent."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

LAX: dict[str, Any] = {"lax": True}
"""Marks an integer that a peer may also write as 3.0 or "3" (`proto/wire/lenient.py`); we never do."""
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A JSON integer and nothing else: no bool, no 1.0, no "1", nothing beyond 64 bits."""
LaxInt64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1, extra=LAX)]
PosInt = Annotated[int, Meta(ge=1, le=2**63 - 1, extra=LAX)]
Digit = Annotated[int, Meta(ge=0, le=9, extra=LAX)]
Percent = Annotated[int, Meta(ge=0, le=100)]

FIRST_S = 946_684_800
LAST_S = 32_503_680_000
UTCSeconds = Annotated[int, Meta(ge=FIRST_S, le=LAST_S, extra=LAX)]
"""Unix seconds from the year 2000 to the year 3000."""
UTCMilliseconds = Annotated[int, Meta(ge=FIRST_S * 1000, le=LAST_S * 1000, extra=LAX)]

LeftRightDot = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9]*(?:\.[a-z0-9]+)*\Z", max_length=255)]
"""Dotted lower-case words, the most significant first: d1.isone.me.oak."""
SpaceheatName = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z", max_length=255)]
"""Dashed lower-case words: hp-scada-ops-relay6."""
HandleName = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9-]*(?:\.[a-z0-9-]*)*\Z", max_length=255)]
"""Dotted words that may hold dashes: auto.lc.n.dist-010v."""
UUID4 = Annotated[
    str, Meta(pattern=r"\A[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
]
"""A random UUID as its canonical lower-case text."""
MessageId = Annotated[str, Meta(min_length=1, max_length=128)]
Sender = Annotated[str, Meta(min_length=1, max_length=255)]
PicoUid = Annotated[str, Meta(pattern=r"\Apico_[0-9a-f]{6}\Z")]

_MARKET_TYPES = "da60|rt15gate5|rt30gate5|rt5gate5|rt60gate30|rt60gate30b|rt60gate5"
_ALIAS = r"[a-z][a-z0-9]*(?:\.[a-z0-9]+)*"
MarketName = Annotated[
    str, Meta(pattern=rf"\A[erd]\.(?:{_MARKET_TYPES}|unknown)\.{_ALIAS}\Z", max_length=255)
]
MarketSlotName = Annotated[
    str, Meta(pattern=rf"\A[erd]\.(?:{_MARKET_TYPES})\.{_ALIAS}\.[0-9]{{10}}\Z", max_length=255)
]
MARKET_MINUTES = {
    "da60": 60,
    "rt15gate5": 15,
    "rt30gate5": 30,
    "rt5gate5": 5,
    "rt60gate30": 60,
    "rt60gate30b": 60,
    "rt60gate5": 60,
}


class IllegalMessage(ValueError):
    """A message we made breaks its own rules: a bug, found before anything is stored or sent."""


class Malformed(ValueError):
    """What a peer sent is refused: `cause` is short and stable, for counting; `words` is a sentence."""

    def __init__(self, cause: str, words: str) -> None:
        self.cause = cause
        self.words = words if len(words) <= 300 else words[:297] + "..."
        super().__init__(self.words)


def wire_name(field: str) -> str:
    """`unix_time_ms` -> `UnixTimeMs`, `i2c_address_list` -> `I2cAddressList`."""
    return "".join(word[:1].upper() + word[1:] for word in field.split("_"))


class Part(Struct, frozen=True, kw_only=True, rename=wire_name):
    """An object inside a message that carries no TypeName of its own."""


class Message(Struct, frozen=True, kw_only=True, rename=wire_name, tag_field="TypeName"):
    """Base of every payload: fields in snake case here, in the wire's CamelCase on the wire."""

    @property
    def type_name(self) -> str:
        """TypeName on the wire, e.g. `power.watts`."""
        return str(self.__struct_config__.tag)

    def check_before_sending(self) -> None:
        """Raise `IllegalMessage` for what we never send although a peer may; nothing by default."""


def demand(kept: Any, rule: str) -> None:
    """Raise `IllegalMessage` with the axiom in words unless it is kept."""
    if not kept:
        raise IllegalMessage(rule)


def demand_boss(from_handle: str, to_handle: str) -> None:
    """FromHandle is ToHandle without its last word, unless a multiplexer is addressed."""
    demand(
        "multiplexer" in to_handle or to_handle.rpartition(".")[0] == from_handle,
        "FromHandle must be the direct boss of ToHandle",
    )


def demand_slot(market_slot_name: str) -> None:
    """A market slot starts on a multiple of its market's minutes."""
    words = market_slot_name.split(".")
    demand(
        int(words[-1]) % (60 * MARKET_MINUTES[words[1]]) == 0,
        "MarketSlotName must end in a second at which a slot of its market starts",
    )
