"""Which addresses are the public Internet's.

Python's `is_global` follows the registries of its release, and says yes to some that lead elsewhere (NAT64,
6to4 with a private address inside), so what counts is written here.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NOT_PUBLIC_4 = (
    "0.0.0.0/8",  # this network (RFC 791)
    "10.0.0.0/8",  # private (RFC 1918)
    "100.64.0.0/10",  # a provider's own (RFC 6598); clouds put metadata there
    "127.0.0.0/8",  # loopback (RFC 1122)
    "168.63.129.16/32",  # every virtual machine's host at Azure, though the address is a public one
    "169.254.0.0/16",  # link-local (RFC 3927), and the metadata of most clouds
    "172.16.0.0/12",  # private (RFC 1918)
    "192.0.0.0/24",  # protocol assignments (RFC 6890)
    "192.0.2.0/24",  # examples (RFC 5737)
    "192.31.196.0/24",  # AS112 (RFC 7535)
    "192.52.193.0/24",  # AMT (RFC 7450)
    "192.88.99.0/24",  # 6to4's relays (RFC 7526)
    "192.168.0.0/16",  # private (RFC 1918)
    "192.175.48.0/24",  # AS112 (RFC 7534)
    "198.18.0.0/15",  # benchmarks (RFC 2544)
    "198.51.100.0/24",  # examples (RFC 5737)
    "203.0.113.0/24",  # examples (RFC 5737)
    "224.0.0.0/4",  # multicast (RFC 5771)
    "240.0.0.0/4",  # reserved (RFC 1112), and broadcast
)
PUBLIC_6 = "2000::/3"
"""All that is given to anybody (RFC 4291). Outside: loopback, unique and link-local, multicast, what is
mapped from IPv4 or translated to it (::ffff:0:0/96, ::/96, 64:ff9b::/96, 64:ff9b:1::/48)."""
NOT_PUBLIC_6 = (
    "2001::/23",  # protocol assignments (RFC 2928), Teredo among them, which hides an IPv4 address
    "2001:db8::/32",  # examples (RFC 3849)
    "2002::/16",  # 6to4 (RFC 3056), which holds an IPv4 address
    "2620:4f:8000::/48",  # AS112 (RFC 7534)
    "3fff::/20",  # examples (RFC 9637)
)

_REFUSED = tuple(ipaddress.ip_network(text) for text in (*NOT_PUBLIC_4, *NOT_PUBLIC_6))
_GIVEN_6 = ipaddress.IPv6Network(PUBLIC_6)


def is_public(address: Address) -> bool:
    """Whether whoever answers there is reached over the Internet by everybody."""
    if isinstance(address, ipaddress.IPv6Address) and (address not in _GIVEN_6 or address.scope_id):
        return False
    return not any(address in network for network in _REFUSED if network.version == address.version)
