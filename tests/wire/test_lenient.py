"""What a peer may write otherwise than we do is taken for what it means, and we never write it.

PyPI gridworks-scada-protocol 1.2.3 and gridworks-protocol 1.3.3 say which fields are strict.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

import gwsproto.enums as their_enums
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from proto.wire import KNOWN, IllegalMessage, Malformed, decode, decode_payload, encode_payload, topic
from proto.wire.commands import AdminKeepAlive
from proto.wire.contracts import SlowDispatchContract
from proto.wire.enums import DEFAULTS, ContractStatus, values
from proto.wire.formats import FIRST_S, LAX
from proto.wire.lenient import integer, plain_uuid, real, yes_or_no
from proto.wire.readings import PowerWatts
from tests.wire.examples import LTN, UID, envelope, example
from tests.wire.test_oracle import MODELS, SHARED

HB, SDC = "slow.contract.heartbeat", "slow.dispatch.contract"
OVER = "OVER"


def leaf(annotation: Any, notes: tuple[Any, ...] = ()) -> tuple[Any, list[Any]]:
    """The innermost type of one of their fields, and what is noted beside it."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return leaf(args[0], (*notes, *args[1:]))
    if origin in (typing.Union, types.UnionType):
        return leaf(next(one for one in args if one is not type(None)), notes)
    if origin in (list, tuple):
        return leaf(args[0])
    flat: list[Any] = []
    for note in notes:
        flat += getattr(note, "metadata", None) or [note]
    return annotation, flat


def our_leaf(kind: inspect.Type, lax: bool = False) -> tuple[inspect.Type, bool]:
    """The innermost type of one of our fields, and whether it is lenient."""
    match kind:
        case inspect.Metadata():
            return our_leaf(kind.type, kind.extra == LAX)
        case inspect.VarTupleType():
            return our_leaf(kind.item_type)
        case inspect.UnionType():
            return our_leaf(next(one for one in kind.types if not isinstance(one, inspect.NoneType)))
    return kind, lax


def fields_of(name: str) -> Iterator[tuple[str, inspect.Type, bool]]:
    info = inspect.type_info(KNOWN[name])
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        yield field.encode_name, *our_leaf(field.type)


INTEGERS = [
    (n, f, lax) for n in sorted(KNOWN) for f, kind, lax in fields_of(n) if isinstance(kind, inspect.IntType)
]


def test_a_number_is_strict_where_it_is_strict_there() -> None:
    """Every field of every message that both know."""
    seen = 0
    for name, field, lax in INTEGERS:
        their = MODELS[name].model_fields.get(field) if name in MODELS else None
        if their is None:
            continue
        kind, notes = leaf(their.annotation, tuple(their.metadata))
        assert kind is int, (name, field)
        strict = any(getattr(note, "strict", False) for note in notes)
        assert lax is not strict, (name, field)
        seen += 1
    assert seen > 100


def put(body: dict[str, Any], field: str, spell: Any) -> dict[str, Any]:
    """The body with a number written in another way; None where the example has none."""
    found = body[field]
    return {**body, field: [spell(one) for one in found] if isinstance(found, list) else spell(found)}


SPELLINGS = [float, str, lambda n: f" {n}.0 ", lambda n: f"+{n}"]


@pytest.mark.parametrize(("name", "field", "lax"), INTEGERS)
def test_every_number_in_every_spelling(name: str, field: str, lax: bool) -> None:
    body = example(name)
    if body[field] is None:
        body[field] = 7
    if field == "PicoKOhms":
        body["TempCalcMethod"] = "SimpleBetaForPico"
    plain = decode_payload(body) if name != HB or field != "WattHoursUsed" else None
    for spell in SPELLINGS if plain is not None else ():
        if lax:
            assert decode_payload(put(body, field, spell)) == plain
        else:
            with pytest.raises(Malformed, match="Expected `int"):
                decode_payload(put(body, field, spell))
    for wrong in (
        True,
        False,
        3.5,
        "3.5",
        "seven",
        "",
        2**63,
        float(2**63),
        str(2**63),
        "nan",
        "inf",
        "0x7",
        "1_0",
    ):
        with pytest.raises(Malformed):
            decode_payload(put(body, field, lambda _, wrong=wrong: wrong))


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_what_is_no_number_is_refused_at_the_door(word: str) -> None:
    body = json.dumps(envelope(example("power.watts"))).replace('"Watts": 7', f'"Watts": {word}')
    assert word in body
    with pytest.raises(Malformed) as refused:
        decode(topic("d1.oak", "s", "power.watts"), body.encode())
    assert refused.value.cause == "number"


NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70), st.floats(), st.booleans(),
    st.text("0123456789+-.eE_ naif", max_size=8), st.integers().map(str), st.floats().map(str),
)  # fmt: skip


@settings(max_examples=400, deadline=None, derandomize=True)
@given(NUMBERS)
def test_whatever_we_take_for_a_number_they_take_for_the_same(found: Any) -> None:
    """Not the other way round: they take a bool for 1 as well."""
    body = {**example("power.watts"), "Watts": found}
    try:
        heard = decode_payload(body)
    except Malformed:
        assert type(found) is not int or not -(2**63) <= found < 2**63
        return
    assert isinstance(heard, PowerWatts)
    assert not isinstance(found, bool)
    assert MODELS["power.watts"].model_validate(body).Watts == heard.watts


def test_the_words_for_yes_and_no_and_real_numbers() -> None:
    for word, meant in [
        ("true", True),
        ("On", True),
        (1, True),
        (1.0, True),
        ("NO", False),
        (0, False),
        ("f", False),
    ]:
        assert yes_or_no(word) is meant
        body = {**example(SDC), "OilBoilerOn": word, "AvgPowerWatts": 0}
        heard = decode_payload(body)
        assert isinstance(heard, SlowDispatchContract)
        assert heard.oil_boiler_on is meant is MODELS[SDC].model_validate(body).OilBoilerOn
    assert [yes_or_no(one) for one in (2, "oil", None, [1])] == [2, "oil", None, [1]]
    assert [real(one) for one in ("1.5", " -2e3 ", ".5", "7")] == [1.5, -2000.0, 0.5, 7.0]
    for word in ("nan", "inf", "1e999", "1_0", "", ".", "0x1"):
        assert real(word) == word
    assert integer(1e300) == int(1e300), "refused by its size"


UUIDS = [
    (name, field)
    for name in sorted(KNOWN)
    for field, kind, _ in fields_of(name)
    if isinstance(kind, inspect.StrType) and kind.pattern and "-4[0-9a-f]{3}-" in kind.pattern
]
LETTERS = "abcdefab-cdef-4abc-8def-abcdefabcdef"


@pytest.mark.parametrize(("name", "field"), UUIDS)
def test_a_uuid_in_every_spelling_is_one_and_the_same(name: str, field: str) -> None:
    body = {**example(name), field: LETTERS}
    if name == "report.event":
        return
    plain = decode_payload(body)
    spellings = (LETTERS.upper(), LETTERS.replace("-", ""), f"{{{LETTERS}}}", f"urn:uuid:{LETTERS}")
    for spelled in spellings:
        assert decode_payload({**body, field: spelled}) == plain
        if name in MODELS and name != "flo.params.house0" and field in MODELS[name].model_fields:
            theirs = MODELS[name].model_validate({**body, field: spelled})
            assert getattr(theirs, field) == LETTERS
    for wrong in (LETTERS.replace("-4", "-1"), LETTERS.replace("-8", "-c"), LETTERS[1:], LETTERS * 9, "", 7):
        with pytest.raises(Malformed):
            decode_payload({**body, field: wrong})


def test_an_id_in_capitals_in_header_and_payload_is_one_id() -> None:
    body = {**example("scada.params"), "MessageId": LETTERS.upper()}
    for header in ("", LETTERS, LETTERS.upper()):
        whole = json.dumps(envelope(body, Src=LTN, MessageId=header)).encode()
        assert decode(topic(LTN, "s", "scada.params"), whole).message_id == LETTERS
    whole = json.dumps(envelope(body, Src=LTN, MessageId=UID)).encode()
    with pytest.raises(Malformed, match="different message ids"):
        decode(topic(LTN, "s", "scada.params"), whole)
    assert plain_uuid("ping-7") == "ping-7"


def test_a_digit_that_is_three_point_nought() -> None:
    body = {**example(HB), "MyDigit": 3.0, "YourLastDigit": "4"}
    heard: Any = decode_payload(body)
    assert (heard.my_digit, heard.your_last_digit) == (3, 4)
    assert type(heard.my_digit) is int
    sent = json.loads(encode_payload(heard))
    assert (sent["MyDigit"], sent["YourLastDigit"]) == (3, 4)


def test_a_word_we_do_not_know_counts_as_the_default_of_its_enum() -> None:
    enums: list[Any] = [e for e in vars(their_enums).values() if isinstance(e, type) and issubclass(e, Enum)]
    by_words = {frozenset(one.values()): one for one in enums if len(one)}
    checked = 0
    for words, default in DEFAULTS:
        assert default in values(words)
        theirs = by_words.get(frozenset(values(words)))
        if theirs is not None:
            assert theirs.default() == default
            checked += 1
    assert checked >= 12
    assert values(ContractStatus) not in [values(words) for words, _ in DEFAULTS]


@pytest.mark.parametrize(
    ("name", "path", "default"),
    [("glitch", "Type", "Info"), ("layout.lite", "SystemMode", "Heating"), ("bid", "PriceUnit", "USDPerMWh")],
)
def test_an_unknown_word_is_the_default(name: str, path: str, default: str) -> None:
    heard = decode_payload({**example(name), path: "Martian"})
    assert json.loads(encode_payload(heard))[path] == default
    with pytest.raises(Malformed):
        decode_payload({**example(name), path: 3})


@pytest.mark.parametrize("field", ["Status", "PreviousStatus"])
def test_an_unknown_contract_status_is_refused(field: str) -> None:
    with pytest.raises(Malformed):
        decode_payload({**example(HB), field: "Bogus"})


@pytest.mark.parametrize("tail", ["/", "/more", "/more/and/MORE", "/ä", "/a.b"])
def test_what_follows_the_fifth_word_of_a_topic_is_not_read(tail: str) -> None:
    body = json.dumps(envelope(example("send.snap"), Src=LTN)).encode()
    plain = decode(topic(LTN, "s", "send.snap"), body)
    assert decode(topic(LTN, "s", "send.snap") + tail, body) == plain


def test_a_stamp_that_is_left_out_means_now() -> None:
    for name in ("glitch", "set.target.lwt", "set.lwt.control.params", "reset.hp.keep.value",
                 "sieg.loop.endpoint.valve.adjustment"):  # fmt: skip
        body = example(name)
        body.pop("CreatedMs")
        assert "CreatedMs" not in json.loads(encode_payload(decode_payload(body)))
        MODELS[name].model_validate(body)


def test_we_ourselves_write_nothing_but_the_plain_form() -> None:
    for bad in (PowerWatts(watts="7"), PowerWatts(watts=7.0), AdminKeepAlive(admin_timeout_seconds=True)):  # type: ignore[arg-type]
        with pytest.raises(IllegalMessage):
            encode_payload(bad)
    good = decode_payload(example(SDC))
    assert isinstance(good, SlowDispatchContract)
    shouted = SlowDispatchContract(
        scada_alias=good.scada_alias, start_s=FIRST_S - FIRST_S % 300 + 300, duration_minutes=60,
        avg_power_watts=0, oil_boiler_on=False, contract_id=LETTERS.upper(),
    )  # fmt: skip
    with pytest.raises(IllegalMessage):
        encode_payload(shouted)
    assert len(SHARED) > 50
