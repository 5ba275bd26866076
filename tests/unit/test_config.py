"""Options and the TOML file: each choice checked, each mistake one sentence."""

import dataclasses
from datetime import UTC
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from twisted.python import usage

from chatd.config import Config, ConfigError, Options, from_toml, options_from_environment
from chatd.model import Limits


def parsed(*arguments: str) -> Config:
    options = Options()
    options.parseOptions(list(arguments))
    return options.config


def sentence(*arguments: str) -> str:
    with pytest.raises(usage.UsageError) as caught:
        parsed(*arguments)
    return str(caught.value)


def from_file(tmp_path: Path, text: str, *arguments: str) -> Config:
    path = tmp_path / "chatd.toml"
    path.write_text(text, encoding="utf-8")
    return parsed("--config", str(path), *arguments)


def test_without_an_option_only_loopback_is_served() -> None:
    assert dataclasses.replace(Config(), data=Path("chatd-data").absolute()) == parsed()
    assert ("tcp:8080:interface=127.0.0.1:backlog=4096",) == parsed().web
    assert ("tcp:2323:interface=127.0.0.1:backlog=4096",) == parsed().line
    assert () == parsed().web_tls + parsed().line_tls


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().guests = False  # type: ignore[misc]  # what is tested


def test_every_option_of_the_command_line() -> None:
    config = parsed(
        *("--data", "/srv/chatd", "--web", "tcp:80", "--web", "tcp6:80", "--line", "unix:/run/chatd"),
        *(
            "--web-tls",
            "tcp:443",
            "--line-tls",
            "tcp:992",
            "--certificate",
            "/c.pem",
            "--private-key",
            "/k.pem",
        ),
        *(
            "--no-guests",
            "--new-epoch",
            "--registration",
            "closed",
            "--allow-plaintext-login",
            "--origin",
            "https://a.example",
        ),
        *(
            "--owner",
            "Alice",
            "--trusted-proxy",
            "10.0.0.0/8",
            "--log-format",
            "json",
            "--time-zone",
            "Europe/Rome",
        ),
    )
    expected = Config(
        data=Path("/srv/chatd"),
        web=("tcp:80:backlog=4096", "tcp6:80:backlog=4096"),
        line=("unix:/run/chatd:backlog=4096",),
        web_tls=("tcp:443:backlog=4096",),
        line_tls=("tcp:992:backlog=4096",),
        certificate=Path("/c.pem"),
        private_key=Path("/k.pem"),
        guests=False,
        registration="closed",
        owner="alice",
        new_epoch=True,
        allow_plaintext_login=True,
        origins=("https://a.example",),
        trusted_proxies=(ip_network("10.0.0.0/8"),),
        log_format="json",
        time_zone=ZoneInfo("Europe/Rome"),
    )
    assert expected == config


def test_the_same_in_a_file(tmp_path: Path) -> None:
    config = from_file(
        tmp_path,
        """
        data = "/srv/chatd"
        web = ["tcp:80", "tcp6:80"]
        line = "unix:/run/chatd"
        web_tls = "tcp:443"
        line_tls = ["tcp:992"]
        certificate = "/c.pem"
        private_key = "/k.pem"
        no_guests = true
        registration = "closed"
        allow_plaintext_login = true
        self_signed = false
        origin = "https://a.example"
        trusted_proxy = ["10.0.0.0/8"]
        no_previews = true
        preview_address = ["10.1.2.3:80", "[fd00::1]:8080"]
        log_format = "json"
        time_zone = "Europe/Rome"

        [limits]
        say_per_second = 2
        owed_bytes = 0
        """,
    )
    on_the_command_line = parsed(
        *("--data", "/srv/chatd", "--web", "tcp:80", "--web", "tcp6:80", "--line", "unix:/run/chatd"),
        *(
            "--web-tls",
            "tcp:443",
            "--line-tls",
            "tcp:992",
            "--certificate",
            "/c.pem",
            "--private-key",
            "/k.pem",
        ),
        *(
            "--no-guests",
            "--registration",
            "closed",
            "--allow-plaintext-login",
            "--origin",
            "https://a.example",
        ),
        *("--no-previews", "--preview-address", "10.1.2.3:80", "--preview-address", "[fd00::1]:8080"),
        *("--trusted-proxy", "10.0.0.0/8", "--log-format", "json", "--time-zone", "Europe/Rome"),
    )
    limits = Limits(say_per_second=2, owed_bytes=0)
    assert dataclasses.replace(on_the_command_line, limits=limits) == config


def test_every_option_but_config_may_stand_in_the_file() -> None:
    names = {name.rstrip("=").replace("-", "_") for name in Options().longOpt}
    for name in names - {"config", "help", "version"}:
        assert fits(name, '"text"') or fits(name, "true"), name


def fits(name: str, value: str) -> bool:
    try:
        return name in from_toml(f"{name} = {value}")
    except ConfigError:
        return False


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    config = from_file(tmp_path, 'web = "tcp:81"\nlog_format = "json"', "--web", "tcp:80")
    assert ("tcp:80:backlog=4096",) == config.web
    assert config.log_format == "json"


def test_relative_paths_begin_where_chatd_was_started() -> None:
    """twistd changes into --rundir later."""
    assert Path("here").absolute() == parsed("--data", "here").data


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp:8080", "tcp:8080:backlog=4096"),
        ("tcp:port=8080", "tcp:port=8080:backlog=4096"),
        (r"tcp:8080:interface=\:\:1", r"tcp:8080:interface=\:\:1:backlog=4096"),
        ("tcp:8080:backlog=7", "tcp:8080:backlog=7"),
        ("tcp:8080:127.0.0.1:7", "tcp:8080:127.0.0.1:7"),
        ("unix:/run/chatd:mode=600", "unix:/run/chatd:mode=600:backlog=4096"),
    ],
)
def test_an_endpoint_gets_our_backlog_unless_it_has_its_own(text: str, expected: str) -> None:
    assert (expected,) == parsed("--web", text).web


def test_a_frontend_can_be_turned_off() -> None:
    config = parsed("--line", "none", "--self-signed", "--line-tls", "none")
    assert () == config.line
    assert () == config.line_tls
    assert ("tcp:8443:backlog=4096",) == config.web_tls


def test_a_certificate_turns_tls_on() -> None:
    for config in (parsed("--self-signed"), parsed("--certificate", "c.pem", "--private-key", "k.pem")):
        assert ("tcp:8443:backlog=4096",) == config.web_tls
        assert ("tcp:2324:backlog=4096",) == config.line_tls


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Chat.Example", "https://chat.example"),
        ("https://chat.example:443/", "https://chat.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(url: str, expected: str) -> None:
    assert (expected,) == parsed("--origin", url).origins


def test_a_single_address_is_a_network() -> None:
    assert (ip_network("::1/128"), ip_network("10.1.0.0/16")) == parsed(
        "--trusted-proxy", "::1", "--trusted-proxy", "10.1.2.3/16"
    ).trusted_proxies


def test_utc_needs_no_time_zone_database() -> None:
    assert UTC is parsed("--time-zone", "UTC").time_zone


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--web", "foo"], '"foo" is not an endpoint, as tcp:8080:interface=127.0.0.1 is one.'),
        (["--web", "tcp:http"], '"tcp:http" is not an endpoint, as tcp:8080:interface=127.0.0.1 is one.'),
        (
            ["--web", "none", "--line", "none"],
            "Nothing would be served: every frontend is turned off.",
        ),
        (
            ["--web", "none", "--web", "tcp:1"],
            '"none" is not an endpoint, as tcp:8080:interface=127.0.0.1 is one.',
        ),
        (["--line", "tcp:65536"], '"tcp:65536" cannot be used: a port is at most 65535.'),
        (["--web", "ssl:443"], '"ssl:443" cannot be used: TLS is served by --web-tls and --line-tls.'),
        (
            ["--certificate", "c.pem"],
            "--certificate and --private-key belong together: --private-key is missing.",
        ),
        (
            ["--private-key", "k.pem"],
            "--certificate and --private-key belong together: --certificate is missing.",
        ),
        (
            ["--self-signed", "--certificate", "c.pem", "--private-key", "k.pem"],
            "--self-signed makes its own certificate: leave --certificate out, or --self-signed.",
        ),
        (
            ["--web-tls", "tcp:443"],
            "--web-tls needs --certificate and --private-key, or --self-signed to try.",
        ),
        (["--registration", "maybe"], '--registration is open, invitation or closed, not "maybe".'),
        (["--log-format", "xml"], '--log-format is text or json, not "xml".'),
        (
            ["--origin", "chat.example"],
            '"chat.example" is not an origin, as https://chat.example.org is one.',
        ),
        (["--origin", "http://a/b"], '"http://a/b" is not an origin, as https://chat.example.org is one.'),
        (["--origin", "http://a:x"], '"http://a:x" is not an origin, as https://chat.example.org is one.'),
        (["--origin", "null"], '"null" is not an origin, as https://chat.example.org is one.'),
        (
            ["--preview-address", "10.1.2.3"],
            '"10.1.2.3" is not an address with a port, as 10.1.2.3:80 or [fd00::1]:80 is one.',
        ),
        (
            ["--preview-address", "wiki:80"],
            '"wiki:80" is not an address with a port, as 10.1.2.3:80 or [fd00::1]:80 is one.',
        ),
        (
            ["--preview-address", "10.1.2.3:65536"],
            '"10.1.2.3:65536" is not an address with a port, as 10.1.2.3:80 or [fd00::1]:80 is one.',
        ),
        (["--trusted-proxy", "proxy"], '"proxy" is not a network, as 10.0.0.0/8 or ::1 is one.'),
        (
            ["--time-zone", "Rome"],
            '"Rome" is not a time zone that this machine knows, as Europe/Rome is one.',
        ),
        (
            ["--time-zone", "../etc"],
            '"../etc" is not a time zone that this machine knows, as Europe/Rome is one.',
        ),
        (["--config", "/nowhere"], "The file /nowhere cannot be read: No such file or directory."),
    ],
)
def test_a_wrong_option_is_one_sentence(arguments: list[str], expected: str) -> None:
    assert expected == sentence(*arguments)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("webb = 1", 'There is no option called "webb".'),
        ("web = 8080", '"web" must be a text, or a list of texts.'),
        ("web = [8080]", '"web" must be a text, or a list of texts.'),
        ("data = 1", '"data" must be a text.'),
        ("no_guests = 1", '"no_guests" must be true or false.'),
        ("limits = 1", '"limits" must be a table: [limits].'),
        ("[limits]\nsay = 1", 'There is no limit called "say".'),
        ("[limits]\nsay_burst = true", 'The limit "say_burst" must be a whole number; 0 turns it off.'),
        ("[limits]\nsay_burst = -1", 'The limit "say_burst" must be a whole number; 0 turns it off.'),
    ],
)
def test_a_wrong_entry_of_the_file_is_named(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_toml(text)
    assert expected == str(caught.value)


def test_a_mistake_in_the_file_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'^In /.*/chatd\.toml: There is no option called "webb"\.$'):
        from_file(tmp_path, "webb = 1")
    with pytest.raises(ConfigError, match=r"^In /.*/chatd\.toml: This is not TOML: .*\.$"):
        from_file(tmp_path, "web =")
    (tmp_path / "latin").write_bytes(b"\xe9")
    with pytest.raises(ConfigError, match=r"^The file /.*/latin is not UTF-8 text\.$"):
        parsed("--config", str(tmp_path / "latin"))


def test_a_runner_gets_one_sentence_and_status_1_instead_of_its_own_help() -> None:
    options = Options()
    options.parent = usage.Options()
    with pytest.raises(SystemExit) as caught:
        options.parseOptions(["--bad"])
    assert caught.value.code == "chatd: Option --bad not recognized. See --help."


def test_a_tac_file_reads_the_environment(tmp_path: Path) -> None:
    (tmp_path / "chatd.toml").write_text('line = "none"')
    assert () == options_from_environment({"CHATD_CONFIG": str(tmp_path / "chatd.toml")}).config.line
    assert Config().line == options_from_environment({}).config.line
    with pytest.raises(SystemExit) as caught:
        options_from_environment({"CHATD_CONFIG": "/nowhere"})
    assert caught.value.code == "chatd: The file /nowhere cannot be read: No such file or directory."
