"""The second factor: whose it is, which codes were used, and what helps who has lost it."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, or_, update

from chatd.model import Account
from chatd.storage.refusals import password_changed, totp_is_on
from chatd.storage.schema import recovery_codes, unchanged, users
from chatd.storage.tokens import need_login


def set_totp(
    connection: Connection,
    now: int,
    user: int,
    secret: str,
    step: int,
    recovery: Sequence[bytes],
    by: bytes | None,
) -> None:
    """From now on the user's password takes a code of this secret too; the one of `step` was used already."""
    need_login(connection, now, user, by)
    done = connection.execute(
        update(users)
        .where(users.c.id == user, users.c.totp_secret.is_(None))
        .values(totp_secret=secret, totp_step=step)
    )
    if not done.rowcount:
        raise totp_is_on()
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user == user))
    connection.execute(insert(recovery_codes), [{"user": user, "digest": digest} for digest in recovery])


def clear_totp(connection: Connection, now: int, known: Account) -> None:
    """The password is enough again."""
    user = known.user.id
    off = update(users).where(unchanged(known)).values(totp_secret=None, totp_step=None)
    if not connection.execute(off).rowcount:
        raise password_changed()
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user == user))


def take_totp_step(connection: Connection, now: int, user: int, step: int) -> bool:
    """Use the code of this step, once; those of earlier steps are used with it."""
    fresh = or_(users.c.totp_step.is_(None), users.c.totp_step < step)
    done = connection.execute(update(users).where(users.c.id == user, fresh).values(totp_step=step))
    return done.rowcount > 0


def take_recovery_code(connection: Connection, now: int, user: int, digest: bytes) -> bool:
    """Use a recovery code, once."""
    mine = recovery_codes.c.user == user
    return (
        connection.execute(delete(recovery_codes).where(mine, recovery_codes.c.digest == digest)).rowcount > 0
    )
