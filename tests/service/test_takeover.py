"""Settings and certificates of the reference program: what has a place is taken, the rest is named."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hw.service import REFUSED, Wishes, service
from hw.service_old import CLIENTS, ELSEWHERE, PLACES, read_env, translate
from layouts.bounds import BOUNDS
from layouts.config import load_settings
from layouts.credentials import with_credentials
from layouts.named_files import check_named_files, check_secret_file
from layouts.settings import Peer, Settings
from tests.service.machine import OLD_ENV, Computer


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    computer = Computer(tmp_path)
    computer.older()
    return computer


def install(computer: Computer, *, dry_run: bool = False, keep_settings: bool = False) -> int:
    computer.lines.clear()
    wishes = Wishes(take_over=True, dry_run=dry_run, keep_settings=keep_settings)
    return service("install", computer.house, computer.settings, computer.machine, wishes)


def test_every_place_of_the_table_is_a_setting_of_ours() -> None:
    for name, place in PLACES.items():
        assert place.key in {key.name for key in BOUNDS[place.table][1]}, name
    assert not set(ELSEWHERE) & set(PLACES)


def test_an_env_file_is_read_as_its_program_reads_it() -> None:
    found = read_env(OLD_ENV)
    assert found["GRIDWORKS_MQTT__USERNAME"] == "oak scada"
    assert found["SECONDS_PER_REPORT"] == "240"
    assert "SCADA_MQTT__HOST" not in found
    assert read_env("no equals\n#SCADA_ALPHA=1\nscada_alpha='2'\n") == {"ALPHA": "2"}


def test_what_is_taken_over_is_written_where_it_stands_and_comments_stay(computer: Computer) -> None:
    assert install(computer) == 0
    settings = load_settings(computer.config)
    assert settings.site.latitude == 45.1
    assert settings.report.report_s == 240
    assert settings.house_model.alpha == 5.7
    assert settings.heat_pump.model == "MitsubishiEcodan"
    assert (settings.upstream.host, settings.upstream.port, settings.upstream.tls) == (
        "broker.example",
        0,
        True,
    )
    assert settings.upstream.username == "oak scada"
    assert 'bus = "real"  # it is\n' in computer.config.read_text()
    assert settings.hardware.bus == "real"


def test_certificates_are_copied_and_secrets_are_nobody_elses(computer: Computer) -> None:
    install(computer)
    settings = load_settings(computer.config)
    upstream = settings.upstream
    assert Path(upstream.ca_file).read_text() == "CA\n"
    assert Path(upstream.cert_file).read_text() == "CERT\n"
    assert Path(upstream.key_file).read_text() == "KEY\n"
    assert Path(upstream.password_file).read_text() == "hunter2\n"
    for secret in (upstream.key_file, upstream.password_file):
        assert stat.S_IMODE(Path(secret).stat().st_mode) == 0o600
        assert stat.S_IMODE(Path(secret).parent.stat().st_mode) == 0o700
    assert check_named_files(settings) == ()


def test_the_unit_hands_the_secrets_over(computer: Computer) -> None:
    install(computer)
    unit = (computer.root / "etc/systemd/system/spaceheat-scada.service").read_text()
    certs = computer.site / "certs" / "upstream"
    assert f"LoadCredential=upstream.key_file:{certs}/gridworks_mqtt.pem\n" in unit
    assert f"LoadCredential=upstream.password_file:{certs}/password\n" in unit
    assert f"BindReadOnlyPaths={certs}/ca.crt\n" in unit


def test_no_secret_is_printed_or_recorded(computer: Computer) -> None:
    for dry_run in (True, False):
        install(computer, dry_run=dry_run)
        assert "hunter2" not in computer.said
        assert "sesame" not in computer.said
        assert "KEY" not in computer.said
    record = (computer.root / "var/lib/spaceheat-scada/installed.json").read_text()
    assert "hunter2" not in record
    assert "KEY" not in record


def test_what_has_no_place_is_named(computer: Computer) -> None:
    install(computer)
    lost = [line for line in computer.lines if line.startswith("NOT taken over: ")]
    assert len(lost) == 4
    text = "\n".join(lost)
    assert "SCADA_SYSTEM_MODE: [site] mode must be 'Heating' or 'MonitorOnly', not 'Standby'" in text
    assert "SCADA_IS_SIMULATED: what is simulated is said by [hardware] bus." in text
    assert "SCADA_LOGGING__BASE_LOG_LEVEL: how much is logged is said by [log] level." in text
    assert "SCADA_WEATHER_TOKEN: is a secret this program has no use for." in text
    assert any("hardware-layout.json" in line and "layout import" in line for line in computer.lines)


def test_remove_takes_the_copies_and_the_settings_back(tmp_path: Path) -> None:
    computer = Computer(tmp_path)
    computer.older()
    before = computer.tree()
    install(computer)
    service("remove", computer.house, computer.settings, computer.machine, Wishes())
    assert computer.tree() == before


def test_settings_that_contradict_ours_stop_the_installation(computer: Computer) -> None:
    computer.put("home/pi/gw/.env", "SCADA_GRIDWORKS_MQTT__HOST=broker.example\n")
    before = computer.tree()
    assert install(computer) == REFUSED
    assert "as taken over" in computer.refused[0]
    assert "tls" in computer.refused[0]
    assert computer.tree() == before
    assert install(computer, keep_settings=True) == 0


def test_a_certificate_that_is_missing_is_named(computer: Computer) -> None:
    (computer.root / "home/pi/.config/gridworks/scada/certs/gridworks_mqtt/ca.crt").unlink()
    install(computer)
    assert any(line.startswith("NOT taken over: [upstream] ca_file: ") for line in computer.lines)


def test_a_file_of_ours_with_another_content_is_not_overwritten(computer: Computer) -> None:
    place = computer.site / "certs" / "upstream"
    place.mkdir(parents=True)
    (place / "gridworks_mqtt.pem").write_text("MINE")
    assert install(computer) == 1
    assert "move it away first" in computer.refused[0]
    assert (place / "gridworks_mqtt.pem").read_text() == "MINE"


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(("tls", "port"), [("true", 9001), ("false", 9002)])
def test_of_the_two_ports_the_one_in_force_is_taken(client: str, tls: str, port: int) -> None:
    old = {f"{client}__TLS__USE_TLS": tls, f"{client}__TLS__PORT": "9001", f"{client}__PORT": "9002"}
    taken = translate(old)
    assert taken.values[CLIENTS[client], "port"] == str(port)
    assert taken.not_taken == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ALPHA", "many", "[house_model] alpha must be a number"),
        ("SECONDS_PER_REPORT", "1", "[report] report_s must be a whole number from 60"),
        ("TIMEZONE_STR", "Moon/Base", "[site] time_zone must be a time zone"),
        ("LOCAL_MQTT__TLS__USE_TLS", "maybe", "[local] tls must be true or false"),
    ],
)
def test_a_value_outside_of_our_bounds_is_named_and_left(name: str, value: str, words: str) -> None:
    taken = translate({name: value})
    assert taken.values == {}
    assert len(taken.not_taken) == 1
    assert words in taken.not_taken[0]


# -------------------------------------------------------------------------------------- credentials


def test_a_secret_that_systemd_hands_over_stands_in_for_the_named_file(tmp_path: Path) -> None:
    (tmp_path / "upstream.key_file").write_text("KEY")
    settings = Settings(upstream=Peer(key_file="/home/pi/k.pem", password_file="/home/pi/pw", cert_file="/c"))
    assert with_credentials(settings, {}) is settings
    found = with_credentials(settings, {"CREDENTIALS_DIRECTORY": str(tmp_path)}).upstream
    assert found.key_file == f"{tmp_path}/upstream.key_file"
    assert (found.password_file, found.cert_file) == ("/home/pi/pw", "/c")


def test_what_is_not_named_is_not_handed_over(tmp_path: Path) -> None:
    (tmp_path / "upstream.key_file").write_text("KEY")
    assert with_credentials(Settings(), {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == Settings()


def test_only_the_folder_of_systemd_is_trusted_whatever_the_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "key"
    secret.write_text("KEY")
    secret.chmod(0o440)
    assert "chmod 600" in str(check_secret_file(secret))
    monkeypatch.setattr("layouts.named_files.HANDED_OVER", f"{tmp_path}/")
    assert check_secret_file(secret) is None
