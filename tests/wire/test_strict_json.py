"""JSON at the door: what is no plain, bounded, unambiguous JSON object does not come in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proto.wire import Limits, Malformed, decode
from proto.wire.strict_json import parse

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.bin"))


def _cause(body: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Malformed) as refused:
        parse(body, limits or Limits())
    return refused.value.cause


@pytest.mark.parametrize(
    ("cause", "body"),
    [
        ("json", b""), ("json", b" "), ("json", b"{"), ("json", b"[]"), ("json", b"1"), ("json", b"null"),
        ("json", b'{"a":1} {"b":2}'), ("json", b"{'a':1}"), ("json", b'{"a":1,}'), ("json", b'{"a":01}'),
        ("json", b'{"a":+1}'), ("json", b'{"a":.5}'), ("json", b'{"a":0x10}'), ("json", b'{"a":"\x01"}'),
        ("json", b'{"a":"\\x41"}'), ("json", b'{"a":tru}'), ("json", b"\xef\xbb\xbf{}"),
        ("json", b'{"a":/**/1}'),
        ("text", b'{"a":"\xff"}'), ("text", b'{"a":"\xc0\xaf"}'), ("text", b'{"a":"\xed\xa0\x80"}'),
        ("text", b'{"a":"\\ud800"}'), ("text", b'{"a":["\\uDC00x"]}'), ("text", b'{"\\ud800":1}'),
        ("text", b'{"a":{"b":"\\ud83d\\u0041"}}'), ("text", '{"a":1}'.encode("utf-16")),
        ("number", b'{"a":NaN}'), ("number", b'{"a":Infinity}'), ("number", b'{"a":-Infinity}'),
        ("number", b'{"a":1e400}'), ("number", b'{"a":-1e999}'), ("number", b'{"a":9223372036854775808}'),
        ("number", b'{"a":-9223372036854775809}'), ("number", b'{"a":' + b"9" * 5000 + b"}"),
        ("duplicate-key", b'{"a":1,"a":1}'), ("duplicate-key", b'{"a":{"b":1,"c":2,"b":3}}'),
        ("duplicate-key", b'{"a":1,"\\u0061":2}'),
        ("depth", b'{"a":' + b"[" * 16 + b"]" * 16 + b"}"), ("depth", b"[" * 60_000),
        ("depth", b'{"a":["]",["]",["]",' + b"[" * 14 + b"]" * 17 + b"}"),
        ("depth", b'{"a":["\\"]",' + b"[" * 16 + b"]" * 17 + b"}"), ("json", b'{"a":[}]'),
        ("too-big", b'{"a":"' + b"x" * 65_536 + b'"}'),
    ],
)  # fmt: skip
def test_it_is_refused(cause: str, body: bytes) -> None:
    assert _cause(body) == cause


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '  {"a": [1, -0, 1.5e3, true, null, "\\u00e4\\ud83d\\ude00"]}\n',
        '{"a":9223372036854775807,"b":-9223372036854775808}',
        '{"a":"}}]]{{[[ \\" \\\\"}',
        '{"a":' + "[" * 15 + "]" * 15 + "}",
        '{"":"","A":1,"a":2}',
        '{"a":1e-400}',
    ],
)
def test_plain_json_comes_in_as_it_is(text: str) -> None:
    assert parse(text.encode()) == json.loads(text)


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_values = st.recursive(
    st.none() | st.booleans() | _numbers | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(st.dictionaries(_texts, _values, max_size=5), st.booleans())
def test_what_a_plain_parser_reads_is_read_alike(value: dict[str, object], ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert parse(body, Limits(max_depth=40)) == value


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_the_corpus_of_nasty_inputs_is_refused_for_the_cause_in_the_name(file: Path) -> None:
    with pytest.raises(Malformed) as refused:
        decode("gw/d1-oak-scada/to/ltn/power-watts", file.read_bytes())
    assert refused.value.cause.replace(" ", "-") == file.stem.partition("--")[0]


def test_64_kib_are_read_and_not_a_byte_more() -> None:
    body = b'{"a":"' + b"x" * (65_536 - 8) + b'"}'
    assert len(parse(body)["a"]) == 65_528
    assert _cause(body + b" ") == "too-big"


def test_there_is_a_corpus() -> None:
    assert len(CORPUS) >= 20


def test_deep_nesting_and_endless_strings_are_refused() -> None:
    deep = b"[" * 32_000 + b"]" * 32_000
    bodies = [b'{"a":' + deep + b"}", b"[" * 65_000, b'"[' * 32_000, b'{"a":"' + b"\\" * 65_000]
    bodies.append(b'{"a":' + b'\\"' * 32_700 + b"}")  # took eight seconds when texts were searched for
    bodies.append(b'{"a":"\\\\\\"' + b'\\"' * 32_000 + b'",' + deep[:1000])
    for body in bodies:
        with pytest.raises(Malformed):
            parse(body)
