"""Who may look: names, methods, foreign sites, the token; and what every answer carries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from layouts.load import load_house
from layouts.settings import Settings
from proto.page import open_page
from proto.page.guard import FAILURES, MAX_PEERS, WINDOW_MS, Guard, host_of
from tests.page.bench import TOKEN, PageBench

PATHS = ("/", "/api/status", "/api/house", "/api/history", "/api/recent", "/metrics", "/static/main.js")


def page_settings(
    tmp_path: Path, listen: str = "127.0.0.1", token: str = TOKEN, mode: int = 0o600
) -> Settings:
    file = tmp_path / "token"
    file.write_text(token + "\n")
    file.chmod(mode)
    base = Settings()
    return replace(base, page=replace(base.page, listen=listen, port=0, token_file=str(file)))


@pytest.fixture
def bench() -> Iterator[PageBench]:
    b = PageBench()
    yield b
    b.close()


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[PageBench]:
    b = PageBench(settings=page_settings(tmp_path))
    yield b
    b.close()


# ------------------------------------------------------------------------------------------- every answer


@pytest.mark.parametrize("path", [*PATHS, "/ping", "/healthz", "/nothing"])
def test_every_answer_forbids_strangers_in_the_page(bench: PageBench, path: str) -> None:
    headers = bench.ask(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/api/status", "/ping", "/nothing"])
def test_nothing_but_looking_is_possible(bench: PageBench, method: str, path: str) -> None:
    answer = bench.ask(path, "Content-Length: 0", method=method)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", [*PATHS, "/ping", "/healthz"])
def test_head_is_answered_without_a_body(bench: PageBench, path: str) -> None:
    bench.sample()
    answer = bench.ask(path, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("path", ["/nothing", "/static/", "/static/../page.py", "/static/index.html", "/api/",
                                  "/%2e%2e/config.toml", "//etc/passwd"])  # fmt: skip
def test_what_is_not_there_gets_404_and_a_sentence(bench: PageBench, path: str) -> None:
    answer = bench.ask(path)
    assert answer.status == 404
    assert answer.text.endswith(".\n")


# --------------------------------------------------------------------------------------------------- hosts


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:1", "[::1]:8080", "LOCALHOST"]
)
def test_names_of_this_computer_are_known(bench: PageBench, host: str) -> None:
    assert bench.ask("/ping", host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.168.1.5",
        "[::2]",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/ping", "/api/status"])
def test_a_foreign_name_is_turned_away_whatever_it_asks(bench: PageBench, host: str, path: str) -> None:
    answer = bench.ask(path, host=host)
    assert answer.status == 421
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("listen", "host", "known"),
    [
        ("192.168.1.20", "192.168.1.20", True),
        ("192.168.1.20", "192.168.1.21", False),
        ("192.168.1.20", "pi.example", False),
        ("0.0.0.0", "192.168.1.20", True),
        ("0.0.0.0", "fe80::1", True),
        ("0.0.0.0", "pi.example", False),
        ("0.0.0.0", "192.168.1.20.evil.example", False),
        ("::", "10.0.0.7", True),
        ("fd00::20", "fd00::20", True),
    ],
)
def test_on_the_house_network_only_addresses_are_known(listen: str, host: str, known: bool) -> None:
    assert Guard(listen, TOKEN).knows(host) is known
    assert Guard(listen, TOKEN).knows("localhost")


def test_a_port_and_brackets_are_no_part_of_a_host() -> None:
    assert [host_of(h) for h in ("A:80", "[::1]:80", "[::1]", "a", " a ", "")] == [
        "a",
        "::1",
        "::1",
        "a",
        "a",
        "",
    ]


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("same-origin", "cors", 200),
        ("none", "navigate", 200),
        ("cross-site", "navigate", 200),
        ("cross-site", "no-cors", 403),
        ("cross-site", "cors", 403),
        ("same-site", "cors", 403),
    ],
)
def test_another_site_may_link_here_but_not_read(bench: PageBench, site: str, mode: str, status: int) -> None:
    answer = bench.ask("/api/status", f"Sec-Fetch-Site: {site}", f"Sec-Fetch-Mode: {mode}")
    assert answer.status == status


# --------------------------------------------------------------------------------------------------- token


@pytest.mark.parametrize(
    "path", [*PATHS, "/api/stream", "/nothing", "/?token=", "/api/status?token=" + TOKEN]
)
def test_without_the_token_nothing_is_shown(locked: PageBench, path: str) -> None:
    answer = locked.ask(path)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert TOKEN not in answer.text


def test_ping_and_health_need_no_token(locked: PageBench) -> None:
    locked.sample()
    assert locked.ask("/ping").text == "pong"
    assert locked.ask("/healthz").status == 200


@pytest.mark.parametrize("path", PATHS)
def test_the_token_as_a_header_opens_everything(locked: PageBench, path: str) -> None:
    assert locked.ask(path, f"Authorization: Bearer {TOKEN}").status == 200
    assert locked.ask(path, f"Authorization: bearer  {TOKEN}").status == 200


@pytest.mark.parametrize("offered", [TOKEN[:-1], TOKEN + "0", TOKEN.upper(), "é" * 32, "x", "0" * 100_00])
def test_anything_but_the_token_is_refused_and_counted(locked: PageBench, offered: str) -> None:
    answer = locked.ask("/api/status", f"Authorization: Bearer {offered}")
    assert answer.status in (401, 431)
    assert locked.page.guard.token_failures == (answer.status == 401)


def test_the_token_in_the_address_becomes_a_cookie_that_scripts_cannot_read(locked: PageBench) -> None:
    answer = locked.ask(f"/?token={TOKEN}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in str(answer.headers) + answer.text
    value = cookie.partition(";")[0]
    assert locked.ask("/", f"Cookie: other=1; {value}").status == 200
    assert locked.ask("/api/status", f"Cookie: {value}").status == 200
    assert locked.ask("/api/status", f"Cookie: {value}0").status == 401
    assert locked.ask("/api/status", f"Cookie: spaceheat={TOKEN}").status == 401


def test_a_cookie_of_an_older_token_is_taken_away(locked: PageBench) -> None:
    answer = locked.ask("/", "Cookie: spaceheat=old")
    assert answer.status == 401
    assert "Max-Age=0" in answer.headers["set-cookie"]


def test_guessing_is_rationed_for_each_address_and_the_right_token_waits_too(locked: PageBench) -> None:
    for _ in range(FAILURES):
        assert locked.ask("/", "Authorization: Bearer wrong").status == 401
    held = locked.ask("/", f"Authorization: Bearer {TOKEN}")
    assert held.status == 429
    assert 0 < int(held.headers["retry-after"]) <= 60
    assert locked.ask("/ping").status == 200
    locked.net_ms += WINDOW_MS
    assert locked.ask("/", f"Authorization: Bearer {TOKEN}").status == 200
    assert locked.page.guard.token_failures == FAILURES


def test_many_addresses_cannot_fill_the_memory() -> None:
    guard = Guard("0.0.0.0", TOKEN)
    from proto.http import Request

    headers = (("host", "10.0.0.1"), ("authorization", "Bearer wrong"))
    for i in range(3 * MAX_PEERS):
        guard.check(Request(i, "GET", "/", headers, b"", f"10.0.{i // 256}.{i % 256}"), 1000)
    assert len(guard._failures) <= MAX_PEERS
    assert guard.token_failures == 3 * MAX_PEERS


def test_the_secret_is_in_no_answer(locked: PageBench) -> None:
    for path in PATHS:
        assert TOKEN.encode() not in locked.ask(path, f"Authorization: Bearer {TOKEN}").body


@pytest.mark.parametrize(
    ("token", "mode", "words"),
    [
        ("short", 0o600, "at least 32 random"),
        ("a" * 64, 0o600, "at least 32 random"),
        ("with a space " + TOKEN, 0o600, "at least 32 random"),
        (TOKEN + "\nsecond line", 0o600, "at least 32 random"),
        (TOKEN, 0o644, "chmod 600"),
        ("", 0o600, "at least 32 random"),
    ],
)
def test_a_token_that_is_none_is_refused_with_a_sentence(
    tmp_path: Path, token: str, mode: int, words: str
) -> None:
    with pytest.raises(ValueError, match=words) as error:
        open_page(page_settings(tmp_path, token=token, mode=mode), load_house("orange"), "")
    assert not token or token not in str(error.value)


@pytest.mark.parametrize("listen", ["0.0.0.0", "192.168.1.5", "::"])
def test_no_page_is_opened_to_others_without_a_token(listen: str) -> None:
    base = Settings()
    with pytest.raises(ValueError, match="needs token_file"):
        open_page(replace(base, page=replace(base.page, listen=listen, port=0)), load_house("orange"), "")
