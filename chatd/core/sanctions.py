"""Who is kept out, and who is kept silent: all that is in force, in memory, so that asking costs no read."""

import ipaddress
from collections.abc import Iterable
from typing import NamedTuple

from chatd.model import ChatError, Code, InForce, Sanction, SanctionKind, sanctioned

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_Target = tuple[SanctionKind, int, int]
"""What, in which room (0: everywhere), and to whom."""


class _Entry(NamedTuple):
    sanction: Sanction
    ends_at: int | None
    """By the registry's clock; None: never."""


class Sanctions:
    """Bans and mutes. Time is in milliseconds, by the registry's clock."""

    def __init__(self) -> None:
        self._people: dict[_Target, _Entry] = {}
        self._networks: dict[tuple[int, int], dict[int, _Entry]] = {}
        """By IP version and length of the prefix, then by the prefix."""

    def impose(self, found: InForce, now: int) -> None:
        """This is in force from now on, in the place of what was there for the same."""
        sanction = found.sanction
        entry = _Entry(sanction, None if found.left_ms is None else now + found.left_ms)
        if sanction.user is not None:
            self._people[sanction.kind, sanction.room or 0, sanction.user.id] = entry
        else:
            network = ipaddress.ip_network(sanction.network)
            self._networks.setdefault(_shape(network), {})[int(network.network_address)] = entry

    def called(self, kind: SanctionKind, room: int | None, name: str) -> int | None:
        """The user of this name against whom it was imposed last, and who may have gone with it since."""
        targets = [
            target
            for target, entry in self._people.items()
            if target[:2] == (kind, room or 0) and entry.sanction.user and entry.sanction.user.name == name
        ]
        return max(targets, key=lambda target: self._people[target].sanction.at)[2] if targets else None

    def lift_from(self, kind: SanctionKind, room: int | None, user: int) -> None:
        """It is in force no longer."""
        self._people.pop((kind, room or 0, user), None)

    def lift_network(self, text: str) -> None:
        """The network is not banned any more."""
        network = ipaddress.ip_network(text)
        there = self._networks.get(_shape(network), {})
        there.pop(int(network.network_address), None)
        if not there:
            self._networks.pop(_shape(network), None)

    def check_person(self, user: int, now: int) -> None:
        """Raise ChatError `banned` for who is banned from the server."""
        if entry := self._of(("ban", 0, user), now):
            raise refusal(entry.sanction, entry.ends_at, now)

    def check_address(self, address: str, now: int) -> None:
        """Raise ChatError `banned` where the address, or a network that it lies in, is banned."""
        if not self._networks:
            return
        host = parse_address(address)
        if host is None:
            return
        for (version, length), banned in self._networks.items():
            if version == host.version:
                prefix = int(host) >> (host.max_prefixlen - length) << (host.max_prefixlen - length)
                entry = banned.get(prefix)
                if entry is not None and not _over(entry, now):
                    raise refusal(entry.sanction, entry.ends_at, now)

    def mutes(self, user: int, room: int, now: int) -> bool:
        """Whether the user is silenced in this room, or everywhere."""
        return any(self._of(("mute", place, user), now) for place in (0, room))

    def forget_room(self, room: int) -> None:
        """There is no such room any more."""
        for target in [target for target in self._people if target[1] == room]:
            del self._people[target]

    def forget(self, now: int) -> None:
        """Drop what has ended; called about once a minute."""
        for target in [target for target, entry in self._people.items() if _over(entry, now)]:
            del self._people[target]
        for shape, banned in list(self._networks.items()):
            for prefix in [prefix for prefix, entry in banned.items() if _over(entry, now)]:
                del banned[prefix]
            if not banned:
                del self._networks[shape]

    def __len__(self) -> int:
        return len(self._people) + sum(map(len, self._networks.values()))

    def _of(self, target: _Target, now: int) -> _Entry | None:
        entry = self._people.get(target)
        return None if entry is None or _over(entry, now) else entry


def parse_network(text: str) -> Network:
    """The network that an address, or one with a prefix length, means; raises ChatError `bad_request`."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise _no_network(text) from None
    if "%" in text:  # the scope of a link-local address may be any text, and no ban looks at it
        raise _no_network(text)
    mapped = network.network_address.ipv4_mapped if network.version == 6 else None
    return network if mapped is None or network.prefixlen < 96 else _unmapped(mapped, network.prefixlen)


def _no_network(text: str) -> ChatError:
    return ChatError(
        Code.BAD_REQUEST, f'"{text}" is not an address or a network, as 192.0.2.7 or 192.0.2.0/24 is one.'
    )


def _unmapped(address: ipaddress.IPv4Address, length: int) -> Network:
    return ipaddress.ip_network(f"{address}/{length - 96}", strict=False)


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address, as IPv4 where it only wears the clothes of IPv6; None for a Unix socket's peer."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if address.version == 6 else None
    return address if mapped is None else mapped


def contains(network: Network, addresses: Iterable[str]) -> bool:
    """Whether one of the addresses lies in the network."""
    hosts = [parse_address(address) for address in addresses]
    return any(host is not None and host.version == network.version and host in network for host in hosts)


def refusal(sanction: Sanction, ends_at: int | None, now: int) -> ChatError:
    """What somebody is told who runs into it."""
    who = "You are" if sanction.user else "Your address is"
    left_ms = None if ends_at is None else ends_at - now
    text = sanctioned(f"{who} banned from this server", sanction.reason, left_ms)
    return ChatError(Code.BANNED, text, retry_ms=left_ms)


def _over(entry: _Entry, now: int) -> bool:
    return entry.ends_at is not None and entry.ends_at <= now


def _shape(network: Network) -> tuple[int, int]:
    return network.version, network.prefixlen
