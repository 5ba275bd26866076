"""How a stranger becomes somebody: guests, passwords, tokens, and what trying costs."""

from collections.abc import Awaitable

from chatd.core.founding import Founding
from chatd.core.lockdown import Lockdown
from chatd.core.ports import Auth, Decide, DecideOnServer, Store
from chatd.core.rates import Rates
from chatd.core.sanctions import Sanctions
from chatd.model import (
    Account,
    ChatError,
    Code,
    InviteLink,
    Limits,
    Room,
    ServerRole,
    User,
    fold_name,
    valid_name,
)

PASSWORD_CHARS_LEAST = 8
PASSWORD_CHARS_MOST = 1_000
"""Argon2 reads all of it: an upper bound keeps a login's cost bounded."""

RECOVERY_CODES = 10

NAME_BYTES = 6
"""Bytes of a token's digest that name its session: nobody else's are compared with them."""

LINK_CODE_GROUPS = 2
"""A code that lives for minutes has 40 bits; see links.MOST."""

TOO_MANY_TRIES = "Too many failed tries. Wait a moment, then try again."
TOO_MANY_MADE = "Too many guests, accounts, rooms or invitations were made from your address. Wait a moment."


class Accounts:
    """Logs people in, for every frontend. `address` is where the asker comes from, `now` in milliseconds.

    `local`: the asker is certainly on the machine that the server runs on.
    """

    def __init__(
        self,
        store: Store,
        auth: Auth,
        limits: Limits,
        *,
        guests: bool,
        registration: bool,
        invitation: bool = False,
        owner: str | None = None,
    ) -> None:
        """`registration`: accounts can be made; `invitation`: with the code of an invitation only.

        `owner`: the name of the account that shall own the server.
        """
        self._store = store
        self._auth = auth
        self.guests = guests
        self.registration = registration
        self.invitation = invitation
        self.founding = Founding(store, auth, owner)
        self.sanctions = Sanctions()
        self.lockdown = Lockdown()
        self._tries = Rates(limits.login_tries_per_minute)
        self._address_tries = Rates(limits.login_tries_per_address)
        self._creations = Rates(limits.creations_per_minute)

    async def guest(self, name: str, address: str, now: int) -> Account:
        """A new guest who holds this name."""
        self.lockdown.check(now)
        if not self.guests:
            raise ChatError(Code.FORBIDDEN, "Guests are not admitted here. Log in with a password.")
        name = valid_name(name)
        self.founding.check_name(name, local=False)
        self.count_creation(address, now)
        return Account(await self._store.create_guest(name), None, False)

    async def register(
        self,
        name: str,
        password: str,
        address: str,
        now: int,
        invitation: str | None = None,
        *,
        local: bool = False,
    ) -> Account:
        """A new account, made with this invitation where one is needed."""
        name = valid_name(name)
        with self.founding.making(name, local, invitation) as founds:
            digest = self._check_registration(founds, invitation, address, now)
            self.founding.check_name(name, local, invitation)
            _check_length(password)
            self.count_creation(address, now)
            if await self._store.account(name) is not None:
                raise ChatError(Code.NAME_TAKEN, f'The name "{name}" is taken. Choose another one.')
            making = self._store.create_account(name, await self._auth.hash(password), digest)
            user = await self._invited(making, address, now)
            await self.founding.account_made(user, local, invitation)
        return Account(user, None, False)

    async def promote(
        self,
        guest: User,
        password: str,
        address: str,
        now: int,
        invitation: str | None = None,
        *,
        local: bool = False,
    ) -> tuple[User, ServerRole]:
        """The guest is an account from now on, with everything that is theirs; and what it is."""
        with self.founding.making(guest.name, local, invitation) as founds:
            digest = self._check_registration(founds, invitation, address, now)
            self.founding.check_name(guest.name, local, invitation)
            _check_length(password)
            self.count_creation(address, now)
            making = self._store.promote(guest.id, await self._auth.hash(password), digest)
            user = await self._invited(making, address, now)
            owns = await self.founding.account_made(user, local, invitation)
        return user, "owner" if owns else user.kind

    async def claim(self, user: User, code: str, address: str, now: int) -> None:
        """The user owns the server from now on, by the code that it printed; raises ChatError."""
        self.check_address(address, now)
        if not await self.founding.claim(user, code):
            self.count_failure(address, now)
            raise _not_the_code()

    def _check_registration(
        self, founds: bool, invitation: str | None, address: str, now: int
    ) -> bytes | None:
        """The digest of the invitation, where one is needed; raises ChatError where no account can be made.

        Whoever `founds` the server has nobody to ask for one.
        """
        self.lockdown.check(now)
        if invitation:
            self.check_address(address, now)
        if founds:
            return None
        if invitation and self.founding.open and not (self.registration and self.invitation):
            self.count_failure(address, now)
            raise _not_the_code()  # no other code can be meant
        if not self.registration:
            if invitation:
                self.count_failure(address, now)
            raise ChatError(Code.FORBIDDEN, "New accounts are not admitted here.")
        if not self.invitation:
            return None
        if not invitation:
            raise ChatError(Code.FORBIDDEN, "An account is made with an invitation here: ask for its code.")
        return self._auth.digest(invitation)

    async def _invited(self, making: Awaitable[User], address: str, now: int) -> User:
        try:
            return await making
        except ChatError as error:
            if error.code is Code.WRONG_CODE:
                self.count_failure(address, now)
            raise

    async def change_password(
        self, user: User, current: str, password: str, keep: bytes, address: str, now: int
    ) -> None:
        """Another password; only the login with the digest `keep` lives on. Of two at once one counts."""
        _check_length(password)
        account = await self.check_password(user, current, address, now)
        await self._store.set_password(account, await self._auth.hash(password), keep)

    def count_creation(self, address: str, now: int) -> None:
        """Something new is made from this address; raises ChatError `too_fast`, or `banned`."""
        self.sanctions.check_address(address, now)
        self._creations.check(address, now, TOO_MANY_MADE)
        self._creations.count(address, now)

    async def by_password(
        self, name: str, password: str, address: str, now: int, code: str | None = None
    ) -> Account:
        """The account with this name and password, and with this code where it takes one.

        An unknown name takes as long as a wrong password.
        """
        account = await self._by_password(fold_name(name), password, address, now, anew=True)
        await self._check_code(account, code, address, now)
        self.lockdown.check(now, staff=account.staff)
        return account

    async def check_password(self, user: User, password: str, address: str, now: int) -> Account:
        """Raise ChatError unless this is the user's password; the code is not asked for again."""
        if user.kind != "user":
            raise ChatError(Code.FORBIDDEN, "Only an account has a password.")
        return await self._by_password(user.name, password, address, now)

    async def _by_password(
        self, name: str, password: str, address: str, now: int, *, anew: bool = False
    ) -> Account:
        """`anew`: for a new session, which is refused in a lockdown before the password costs anything."""
        key = (name, address)
        self.check_address(address, now)
        self._tries.check(key, now, TOO_MANY_TRIES)
        account = await self._store.account(name)
        if anew:
            self.lockdown.check(now, staff=account is not None and account.staff)
        known = None if account is None else account.password_hash
        fits = len(password) <= PASSWORD_CHARS_MOST and await self._auth.verify(known, password)
        # Many may have been tried at once: those that failed meanwhile count against this one.
        self.check_address(address, now)
        self._tries.check(key, now, TOO_MANY_TRIES)
        if account is None or not fits:
            self._tries.count(key, now)
            self.count_failure(address, now)
            raise _wrong_password()
        return account

    async def _check_code(self, account: Account, code: str | None, address: str, now: int) -> None:
        """Raise ChatError unless the account takes no code, or takes this one."""
        if account.totp is None:
            return
        if code is None:
            raise ChatError(
                Code.TOTP_REQUIRED, "This account also takes a code of its authenticator, or a recovery code."
            )
        # Nothing is waited for between the check of the tries and a wrong code of an authenticator.
        key, code = (account.user.name, address), "".join(code.split())
        self._tries.check(key, now, TOO_MANY_TRIES)
        step = self._auth.totp_step(account.totp, code)
        if step is not None:
            taken = await self._store.take_totp_step(account.user.id, step)
        elif code.isdecimal():
            taken = False
        else:
            taken = await self._store.take_recovery_code(account.user.id, self._auth.digest(code))
        if not taken:
            self._tries.count(key, now)
            self.count_failure(address, now)
            raise ChatError(Code.WRONG_CODE, "This code is wrong or has been used. Wait for the next one.")

    def new_totp_secret(self) -> str:
        """What an authenticator is given."""
        return self._auth.new_totp_secret()

    def totp_uri(self, secret: str, user: User) -> str:
        """The same, for a QR code."""
        return self._auth.totp_uri(secret, user.name)

    async def begin_totp(self, user: User, secret: str, code: str, by: bytes | None) -> list[str]:
        """From now on the user's password takes a code of this secret; gives the recovery codes."""
        step = self._auth.totp_step(secret, code)
        if step is None:
            raise ChatError(Code.WRONG_CODE, "This is no code of that secret. Is your clock right?")
        recovery = [self._auth.new_code() for _ in range(RECOVERY_CODES)]
        digests = [self._auth.digest(one) for one in recovery]
        await self._store.set_totp(user.id, secret, step, digests, by)
        return recovery

    async def end_totp(self, user: User, password: str, code: str | None, address: str, now: int) -> None:
        """The user's password is enough again."""
        account = await self.check_password(user, password, address, now)
        await self._check_code(account, code, address, now)
        await self._store.clear_totp(account)

    async def end_account(
        self,
        user: User,
        password: str,
        code: str | None,
        address: str,
        now: int,
        *,
        purge: bool,
        decide: DecideOnServer,
    ) -> list[int]:
        """Delete the account; gives every room where it ever was."""
        account = await self.check_password(user, password, address, now)
        await self._check_code(account, code, address, now)
        return await self._store.end_account(account, purge, decide)

    async def by_token(self, token: str, address: str, now: int) -> Account:
        """The user whom this token belongs to; a guest holds a name again."""
        self.check_address(address, now)
        account = await self._by_digest(self._auth.digest(token))
        if account is None:
            self.count_failure(address, now)
            raise ChatError(Code.WRONG_TOKEN, "This code or token is unknown, or has expired. Log in again.")
        return account

    async def by_link(self, by: bytes | None, frontend: str, address: str, now: int) -> tuple[Account, str]:
        """The user whom the login with the digest `by` belongs to, and a new token for this frontend."""
        account = None if by is None else await self._by_digest(by)
        if account is None:
            raise ChatError(Code.WRONG_CODE, "Who gave this code is logged in no longer.")
        self.lockdown.check(now, staff=account.staff)
        return account, await self.new_token(account, frontend, address, by)

    async def _by_digest(self, digest: bytes) -> Account | None:
        account = await self._store.use_token(digest)
        if account is not None and account.user.kind == "guest":
            return Account(await self._store.hold_name(account.user.id), None, account.numbers)
        return account

    def new_room_code(self) -> tuple[str, bytes]:
        """A new code that lets people into a room, and its digest."""
        code = self._auth.new_code()
        return code, self._auth.digest(code)

    async def join_by_code(self, user: User, code: str, address: str, now: int) -> Room:
        """Membership of the room that this code opens; wrong ones count like failed logins."""
        self.check_address(address, now)
        try:
            return await self._store.follow_link(user.id, self._auth.digest(code))
        except ChatError as error:
            if error.code is Code.NO_SUCH_INVITATION:
                self.count_failure(address, now)
            raise

    def check_address(self, address: str, now: int) -> None:
        """Raise ChatError where the address is banned, or too much that came from it was wrong."""
        self.sanctions.check_address(address, now)
        self._address_tries.check(address, now, TOO_MANY_TRIES)

    def count_failure(self, address: str, now: int) -> None:
        """Something that came from this address was wrong."""
        self._address_tries.count(address, now)

    def new_secret(self) -> str:
        """A secret that nobody types."""
        return self._auth.new_token()

    def new_program_secret(self) -> str:
        """A secret for a program, by which people and scanners know it."""
        return self._auth.new_api_token()

    def new_link_code(self) -> str:
        """A secret that is typed within minutes."""
        return self._auth.new_code(LINK_CODE_GROUPS)

    async def new_token(self, account: Account, frontend: str, address: str, by: bytes | None = None) -> str:
        """A new token for who has come through this frontend, let in by the login `by` or by themselves.

        A guest at a line can type it.
        """
        user = account.user
        code = frontend == "line" and user.kind == "guest"
        token = self._auth.new_code() if code else self._auth.new_token()
        digest = self._auth.digest(token)
        await self._store.add_token(user.id, digest, frontend, address, by)
        if account.password_hash is not None:
            known = await self._store.account(user.id)
            if known is None or (known.password_hash, known.totp) != (account.password_hash, account.totp):
                # What a login takes was changed after it had fitted: this token is younger, and lived on.
                await self._store.drop_token(digest)
                raise _wrong_password()
        return token

    async def new_invitation(self, by: int, uses: int, days: int, decide: Decide) -> tuple[str, InviteLink]:
        """A code with which so many accounts can be made."""
        code = self._auth.new_code()
        return code, await self._store.make_invitation(by, self._auth.digest(code), uses, days, decide)

    async def new_api_token(self, user: int, name: str, by: bytes | None) -> str:
        """A new token for a program of the user's, who asks for it with the token `by`."""
        token = self._auth.new_api_token()
        await self._store.add_api_token(user, name, self._auth.digest(token), by)
        return token

    def digest(self, token: str) -> bytes:
        """What names a token without being it."""
        return self._auth.digest(token)

    def forget(self, now: int) -> None:
        """Drop the counts that hold nobody up any more."""
        self._tries.forget(now)
        self._address_tries.forget(now)
        self._creations.forget(now)
        self.sanctions.forget(now)


def session_name(digest: bytes) -> str:
    """What names the session of the token with this digest; it is no secret."""
    return digest[:NAME_BYTES].hex()


def _check_length(password: str) -> None:
    if not PASSWORD_CHARS_LEAST <= len(password) <= PASSWORD_CHARS_MOST:
        raise ChatError(
            Code.BAD_REQUEST, f"A password has {PASSWORD_CHARS_LEAST} to {PASSWORD_CHARS_MOST} characters."
        )


def _not_the_code() -> ChatError:
    return ChatError(Code.WRONG_CODE, "This is not the code that the server printed when it started.")


def _wrong_password() -> ChatError:
    return ChatError(Code.WRONG_PASSWORD, "No account has this name and password.")
