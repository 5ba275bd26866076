"""What the operator chose: command line and TOML file, checked, as one frozen Config."""

import contextlib
import ipaddress
import re
import tomllib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Literal, TypeVar, cast
from urllib.parse import urlsplit

from twisted.internet.endpoints import serverFromString
from twisted.python import usage

from chatd.model import ChatError, Limits, valid_name

BACKLOG = 4096
"""Connections that may wait. With Twisted's 50 a burst gets in at 100 a second, so at 3,100."""

Word = TypeVar("Word", bound=str)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ConfigError(usage.UsageError):
    """A choice that cannot be followed: one sentence, for the operator."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that an operator can choose. The defaults are those of `twistd chatd` without an option."""

    data: Path = Path("chatd-data")
    """The directory of the database, of uploaded files and of a self-made certificate."""
    web: tuple[str, ...] = (f"tcp:8080:interface=127.0.0.1:backlog={BACKLOG}",)
    """Endpoints of the page and the WebSocket, as Twisted writes them."""
    line: tuple[str, ...] = (f"tcp:2323:interface=127.0.0.1:backlog={BACKLOG}",)
    """Endpoints of the line frontend."""
    web_tls: tuple[str, ...] = ()
    """Endpoints of the page and the WebSocket under TLS."""
    line_tls: tuple[str, ...] = ()
    """Endpoints of the line frontend under TLS."""
    certificate: Path | None = None
    """A PEM file: the server's certificate, then its chain."""
    private_key: Path | None = None
    """A PEM file; given if and only if `certificate` is."""
    self_signed: bool = False
    """Make a certificate in the data directory."""
    guests: bool = True
    """Whether a name alone is enough to come in."""
    registration: Literal["open", "invitation", "closed"] = "open"
    """Who may make an account: anybody, who has an invitation code, or nobody."""
    owner: str | None = None
    """The name of the account that owns the server; None: the first one made here, or who has the code."""
    new_epoch: bool = False
    """Tell every client to forget its positions: the database was restored from a backup."""
    allow_plaintext_login: bool = False
    """Whether passwords are taken over unencrypted connections that are not loopback."""
    origins: tuple[str, ...] = ()
    """Origins whose pages may speak to this server, as a browser writes them; empty: loopback's own."""
    trusted_proxies: tuple[Network, ...] = ()
    """Peers whose X-Forwarded-For and PROXY headers are believed."""
    previews: bool = True
    """Whether links may be looked at, in rooms that have it so."""
    preview_addresses: tuple[tuple[Address, int], ...] = ()
    """Addresses and ports that are looked at although they are none of the Internet's."""
    log_format: Literal["text", "json"] = "text"
    time_zone: tzinfo = UTC
    """Of the times that lines show."""
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def load(cls, chosen: Mapping[str, object]) -> "Config":
        """The Config that these choices make, by option names with underscores; raises ConfigError.

        None, "", False and [] count as not chosen. Relative paths begin in the current directory.
        """
        certificate, private_key = _path(chosen, "certificate"), _path(chosen, "private_key")
        self_signed = bool(chosen.get("self_signed"))
        if (certificate is None) != (private_key is None):
            missing = "--certificate" if certificate is None else "--private-key"
            raise ConfigError(f"--certificate and --private-key belong together: {missing} is missing.")
        if certificate and self_signed:
            raise ConfigError(
                "--self-signed makes its own certificate: leave --certificate out, or --self-signed."
            )
        tls = self_signed or certificate is not None
        for name in ("web_tls", "line_tls"):
            if _texts(chosen, name) and not tls:
                raise ConfigError(
                    f"--{_dashed(name)} needs --certificate and --private-key, or --self-signed to try."
                )
        config = cls(
            data=_path(chosen, "data") or Path("chatd-data").absolute(),
            web=_endpoints(chosen, "web", cls.web),
            line=_endpoints(chosen, "line", cls.line),
            web_tls=_endpoints(chosen, "web_tls", ("tcp:8443",) if tls else ()),
            line_tls=_endpoints(chosen, "line_tls", ("tcp:2324",) if tls else ()),
            certificate=certificate,
            private_key=private_key,
            self_signed=self_signed,
            guests=not chosen.get("no_guests"),
            registration=_one_of(chosen, "registration", ("open", "invitation", "closed")),
            owner=_name(chosen, "owner"),
            new_epoch=bool(chosen.get("new_epoch")),
            allow_plaintext_login=bool(chosen.get("allow_plaintext_login")),
            origins=tuple(_origin(text) for text in _texts(chosen, "origin")),
            trusted_proxies=tuple(_network(text) for text in _texts(chosen, "trusted_proxy")),
            previews=not chosen.get("no_previews"),
            preview_addresses=tuple(_place(text) for text in _texts(chosen, "preview_address")),
            log_format=_one_of(chosen, "log_format", ("text", "json")),
            time_zone=_time_zone(_text(chosen, "time_zone") or "UTC"),
            limits=cast(Limits, chosen.get("limits", Limits())),
        )
        if not (config.web or config.line or config.web_tls or config.line_tls):
            raise ConfigError("Nothing would be served: every frontend is turned off.")
        return config


class Options(usage.Options):
    """The options of `twistd chatd` and `twist chatd`. After parsing, `config` is what they say."""

    synopsis = "[options]"
    longdesc = (
        "A chat server: a browser, nc, telnet and openssl s_client in the same durable rooms. An endpoint is "
        "written as Twisted writes it, as tcp:8080:interface=127.0.0.1, and may be given several times; "
        "none in its place turns that frontend off."
    )
    optParameters = [
        ["config", None, None, "A TOML file with the same options (underscores for hyphens), and [limits]."],
        ["data", None, None, "Directory of the database and the files.  [default: chatd-data]"],
        ["certificate", None, None, "PEM file: certificate and chain for TLS, read again when it changes."],
        ["private-key", None, None, "PEM file: the certificate's private key."],
        ["registration", None, None, "Who may make an account: open, invitation, closed.  [default: open]"],
        ["owner", None, None, "The account that owns the server, now or when it is made on this machine."],
        ["log-format", None, None, "How the log is written: text or json.  [default: text]"],
        ["time-zone", None, None, "Time zone of the times that lines show, as Europe/Rome.  [default: UTC]"],
    ]
    optFlags = [
        ["self-signed", None, "Make a certificate in the data directory, to try TLS out."],
        ["no-guests", None, "Let only people with an account in."],
        ["no-previews", None, "Look at no links: ask nothing of the web."],
        ["new-epoch", None, "The database was restored from a backup: clients forget where they were."],
        ["allow-plaintext-login", None, "Take passwords over unencrypted connections too."],
    ]

    config: Config

    def opt_web(self, endpoint: str) -> None:
        """Where the page and its WebSocket are served.  [default: tcp:8080:interface=127.0.0.1]"""
        self._add("web", endpoint)

    def opt_line(self, endpoint: str) -> None:
        """Where lines are served, for nc and telnet.  [default: tcp:2323:interface=127.0.0.1]"""
        self._add("line", endpoint)

    def opt_web_tls(self, endpoint: str) -> None:
        """The same as --web under TLS.  [default: tcp:8443, when there is a certificate]"""
        self._add("web-tls", endpoint)

    def opt_line_tls(self, endpoint: str) -> None:
        """The same as --line under TLS.  [default: tcp:2324, when there is a certificate]"""
        self._add("line-tls", endpoint)

    def opt_origin(self, url: str) -> None:
        """A web origin whose pages may speak to this server, as https://chat.example.org.  Repeatable."""
        self._add("origin", url)

    def opt_trusted_proxy(self, network: str) -> None:
        """A network, as 10.0.0.0/8, whose X-Forwarded-For and PROXY headers are believed.  Repeatable."""
        self._add("trusted-proxy", network)

    def opt_preview_address(self, place: str) -> None:
        """A private address with its port, as 10.1.2.3:80, that is looked at all the same.  Repeatable."""
        self._add("preview-address", place)

    def opt_version(self) -> None:
        """Show chatd's version and exit."""
        from chatd import __version__

        print(f"chatd {__version__}")
        raise SystemExit(0)

    def parseOptions(self, options: list[str] | None = None) -> None:
        """As `usage.Options`, but under a runner a bad option costs one sentence and exit status 1.

        twistd would print the help of all its own options first.
        """
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            if self.parent is None:
                raise
            raise SystemExit(f"chatd: {_sentence(error)}") from None

    def postOptions(self) -> None:
        """Make `config`, and have the runner write its log in our form."""
        given = {name.replace("-", "_"): value for name, value in self.items() if value}
        path = given.pop("config", None)
        self.config = Config.load({**(_read(path) if path else {}), **given})
        if self.parent is not None:
            from chatd import logs

            logs.write_log_of(self.parent, self.config.log_format)

    def _add(self, name: str, value: str) -> None:
        self.setdefault(name, []).append(value)


def options_from_environment(environ: Mapping[str, str]) -> Options:
    """The Options of a process without a command line of its own: `CHATD_CONFIG` may name a TOML file."""
    options = Options()
    path = environ.get("CHATD_CONFIG")
    try:
        options.parseOptions(["--config", path] if path else [])
    except usage.UsageError as error:
        raise SystemExit(f"chatd: {_sentence(error)}") from None
    return options


def from_toml(text: str) -> dict[str, object]:
    """The choices that a TOML file makes, as `Config.load` takes them; raises ConfigError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"This is not TOML: {error}.") from None
    return {name: _checked(name, value) for name, value in table.items()}


_REPEATABLE = frozenset({"web", "line", "web_tls", "line_tls", "origin", "trusted_proxy", "preview_address"})
_TEXTS = frozenset({"data", "certificate", "private_key", "registration", "owner", "log_format", "time_zone"})
_FLAGS = frozenset({"self_signed", "no_guests", "no_previews", "new_epoch", "allow_plaintext_login"})


def _checked(name: str, value: object) -> object:
    """One entry of the file, when it has the right name and type."""
    if name in _REPEATABLE:
        if isinstance(value, str) or (
            isinstance(value, list) and all(isinstance(item, str) for item in value)
        ):
            return value
        raise ConfigError(f'"{name}" must be a text, or a list of texts.')
    if name in _TEXTS:
        if isinstance(value, str):
            return value
        raise ConfigError(f'"{name}" must be a text.')
    if name in _FLAGS:
        if isinstance(value, bool):
            return value
        raise ConfigError(f'"{name}" must be true or false.')
    if name == "limits":
        return _limits(value)
    raise ConfigError(f'There is no option called "{name}".')


def _limits(table: object) -> Limits:
    if not isinstance(table, dict):
        raise ConfigError('"limits" must be a table: [limits].')
    for name, value in table.items():
        if name not in Limits.__struct_fields__:
            raise ConfigError(f'There is no limit called "{name}".')
        if type(value) is not int or value < 0:
            raise ConfigError(f'The limit "{name}" must be a whole number; 0 turns it off.')
    return Limits(**table)


def _read(path: str) -> dict[str, object]:
    try:
        return from_toml(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"The file {path} is not UTF-8 text.") from None
    except ConfigError as error:
        raise ConfigError(f"In {path}: {error}") from None


def _text(chosen: Mapping[str, object], name: str) -> str:
    return cast(str, chosen.get(name) or "")


def _texts(chosen: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = chosen.get(name) or ()
    return (value,) if isinstance(value, str) else tuple(cast("list[str]", value))


def _name(chosen: Mapping[str, object], name: str) -> str | None:
    text = _text(chosen, name)
    if not text:
        return None
    try:
        return valid_name(text)
    except ChatError as error:
        raise ConfigError(f"--{_dashed(name)}: {error.text}") from None


def _path(chosen: Mapping[str, object], name: str) -> Path | None:
    text = _text(chosen, name)
    return Path(text).expanduser().absolute() if text else None


def _one_of(chosen: Mapping[str, object], name: str, words: tuple[Word, ...]) -> Word:
    """The word that was chosen; the first one is the default."""
    text = _text(chosen, name) or words[0]
    for word in words:
        if word == text:
            return word
    raise ConfigError(f'--{_dashed(name)} is {", ".join(words[:-1])} or {words[-1]}, not "{text}".')


def _endpoints(chosen: Mapping[str, object], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    texts = _texts(chosen, name) or default
    if texts == ("none",):
        return ()
    return tuple(_endpoint(text) for text in texts)


def _endpoint(text: str) -> str:
    """The endpoint with our backlog, unless it has its own."""
    kind = text.partition(":")[0]
    if kind in ("ssl", "tls"):
        raise ConfigError(f'"{text}" cannot be used: TLS is served by --web-tls and --line-tls.')
    port = re.match(r"tcp6?:(?:port=)?(\d+)", text)
    if port and int(port[1]) > 65535:
        raise ConfigError(f'"{text}" cannot be used: a port is at most 65535.')
    ways = [f"{text}:backlog={BACKLOG}", text] if kind in ("tcp", "tcp6", "unix") else [text]
    for way in ways if ":backlog=" not in text else [text]:
        # Only parsed here: the reactor is not touched before something listens. Each kind of endpoint has its
        # own parser, and they agree on no exception.
        with contextlib.suppress(Exception):
            serverFromString(None, way)
            return way
    raise ConfigError(f'"{text}" is not an endpoint, as tcp:8080:interface=127.0.0.1 is one.')


def _origin(text: str) -> str:
    """The origin as a browser writes it: lower case, no path, no default port."""
    wrong = ConfigError(f'"{text}" is not an origin, as https://chat.example.org is one.')
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise wrong from None
    if url.scheme not in ("http", "https") or not url.hostname or url.username or url.query or url.fragment:
        raise wrong
    if url.path not in ("", "/"):
        raise wrong
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    default = {"http": 80, "https": 443}[url.scheme]
    return f"{url.scheme}://{host}" + (f":{port}" if port not in (None, default) else "")


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ConfigError(f'"{text}" is not a network, as 10.0.0.0/8 or ::1 is one.') from None


def _place(text: str) -> tuple[Address, int]:
    host, _, port = text.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        address = None
    if address is None or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ConfigError(f'"{text}" is not an address with a port, as 10.1.2.3:80 or [fd00::1]:80 is one.')
    return address, int(port)


def _time_zone(name: str) -> tzinfo:
    if name == "UTC":
        # A slim container has no time zone database, and needs none for this.
        return UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f'"{name}" is not a time zone that this machine knows, as Europe/Rome is one.'
        ) from None


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _sentence(error: Exception) -> str:
    """getopt's words for an unknown option as a sentence; ours are one already."""
    text = str(error)
    return text if text.endswith(".") else f"{text[:1].upper()}{text[1:]}. See --help."
