"""How a server that nobody owns gets its owner: by name, on the machine itself, or by a code."""

from collections.abc import Iterator
from contextlib import contextmanager

from chatd.core.ports import Auth, Store
from chatd.model import ChatError, Code, User


class Founding:
    """Nothing of this happens any more once somebody owns the server, but for the account that was named."""

    def __init__(self, store: Store, auth: Auth, owner: str | None) -> None:
        """`owner`: whose account the operator wants to own the server, whoever else does."""
        self._store = store
        self._auth = auth
        self._named = owner
        """While there is no such account: its name, which nobody may take from elsewhere."""
        self._digest: bytes | None = None
        """Of the code; while there is one, nobody owns the server."""
        self._making = False
        """The account that is to own the server is being made."""

    def begin(self) -> str | None:
        """At the start, while nobody can come: a new code that makes its bearer the owner. Blocks.

        None where somebody owns the server, or the account that was named is there to.
        """
        if self._store.owned(self._named):
            return None
        code = self._auth.new_code()
        self._digest = self._auth.digest(code)
        return code

    async def appoint(self) -> None:
        """Let the account that was named own the server, if there is one already."""
        if self._named is not None and await self._store.make_owner(self._named):
            self._named = None

    def check_name(self, name: str, local: bool, code: str | None = None) -> None:
        """Raise ChatError where this name is kept for the owner, who is not the one that asks.

        Otherwise the first stranger to register under it would be the owner.
        """
        if name == self._named and not local and not self.fits(code):
            raise ChatError(
                Code.FORBIDDEN, f'The name "{name}" is kept for the owner, on the machine of the server.'
            )

    @contextmanager
    def making(self, name: str, local: bool, code: str | None) -> Iterator[bool]:
        """Whether the account made meanwhile, on the machine itself or with a code, will own the server.

        Of several at once only the first will.
        """
        expected = not self._making and self._expects(name, local, code)
        self._making |= expected
        try:
            yield expected
        finally:
            self._making &= not expected

    def _expects(self, name: str, local: bool, code: str | None) -> bool:
        if self.fits(code):
            return True
        if not local:
            return False
        return name == self._named or (self._named is None and self._digest is not None)

    @property
    def open(self) -> bool:
        """Whether nobody owns the server yet."""
        return self._digest is not None

    def told(self, local: bool) -> dict[str, bool]:
        """What a greeting says of it: that nobody owns the server, and whether an account made here would."""
        if self._digest is None:
            return {}
        return {"unowned": True, "founds": local and self._named is None}

    def fits(self, code: str | None) -> bool:
        """Whether this is the code that makes its bearer the owner."""
        return self._digest is not None and code is not None and self._auth.digest(code) == self._digest

    async def account_made(self, user: User, local: bool, code: str | None) -> bool:
        """Whether this new account, made on the machine itself or with a code, owns the server."""
        if user.name == self._named:
            owns = await self._store.make_owner(user.name)
            self._named = self._digest = None
            return owns
        if self.fits(code) or (local and self._named is None and self._digest is not None):
            return await self._found(user)
        return False

    async def claim(self, user: User, code: str) -> bool:
        """Whether the code fits, and makes this account the owner; it works once."""
        if user.kind != "user":
            raise ChatError(Code.FORBIDDEN, "Only an account can own the server. Make yours one first.")
        if self._digest is None:
            raise _owned()
        if not self.fits(code):
            return False
        if not await self._found(user):
            raise _owned()
        return True

    async def _found(self, user: User) -> bool:
        owns = await self._store.found(user.id)
        if owns:
            self._digest = None
        return owns


def _owned() -> ChatError:
    return ChatError(Code.FORBIDDEN, "This server has an owner.")
