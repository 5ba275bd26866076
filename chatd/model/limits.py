"""What one person, address or connection may cost; an operator changes it under `[limits]`."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits of one server. 0 turns a limit off."""

    text_chars: int = 4_000
    """Characters in one message."""
    say_per_second: int = 5
    """Messages per second and person, in the long run; past it a person is slowed, not refused."""
    say_burst: int = 10
    """Messages that may come at once before `say_per_second` holds."""
    search_per_second: int = 2
    """Searches per second and person, in the long run; past it a person is slowed, not refused."""
    search_burst: int = 10
    """Searches that may come at once before `search_per_second` holds."""
    connections_per_address: int = 500
    """Open connections from one address."""
    connects_per_minute: int = 600
    """New connections per minute from one address."""
    login_tries_per_minute: int = 5
    """Failed logins per minute for one name from one address."""
    login_tries_per_address: int = 30
    """Failed logins per minute from one address."""
    creations_per_minute: int = 20
    """Rooms, invitations, accounts and guests made per minute from one address."""
    trust_seconds: int = 60
    """How long somebody new writes no links and no calls to everybody."""
    reports_per_minute: int = 5
    """Messages that one person reports in a minute."""
    owed_bytes: int = 1_048_576
    """Bytes kept for one connection that does not read them."""
    owed_seconds: int = 30
    """How long a connection may make no progress while it is owed something."""
    fade_seconds: int = 10
    """How long somebody who lost the connection is shown as present; whoever is back by then never went."""
    previews_per_minute: int = 20
    """Links of one person, and as many times three to one host, that the server looks at in a minute."""
    rooms_per_user: int = 200
    """Rooms that one user belongs to."""
    upload_bytes: int = 26_214_400
    """Bytes in one uploaded file."""
    quota_bytes: int = 1_073_741_824
    """Bytes that all files of one user have together."""
    free_bytes: int = 536_870_912
    """Bytes of the disk that uploads leave free."""
