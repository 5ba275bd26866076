"""A page's login: JSON in, JSON and a cookie out."""

from collections.abc import Awaitable, Callable

import msgspec
from twisted.web.server import Request

from chatd.frontends.gate import cookie
from chatd.frontends.requests import Caller, as_json, body_of
from chatd.frontends.websocket import WebSocketFrontend
from chatd.model import Account, ChatError, Code, Done, LoggedIn
from chatd.wires import json


class Credentials(msgspec.Struct):
    """The body of a login."""

    name: str = ""
    password: str = ""
    code: str | None = None
    invitation: str | None = None


LoginCall = Callable[[Caller, Credentials], Awaitable[Account | None]]


async def carry_out(frontend: WebSocketFrontend, request: Request, call: LoginCall) -> bytes:
    """One of the calls below: the answer's body. Raises ChatError."""
    body = body_of(request)
    caller = Caller(frontend, request)
    try:
        credentials = msgspec.json.decode(body or b"{}", type=Credentials)
    except RecursionError:
        raise ChatError(Code.BAD_REQUEST, "The body is nested too deeply.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise ChatError(Code.BAD_REQUEST, f"{problem}.") from None
    account = await call(caller, credentials)
    token, answer = "", json.encode(Done())
    if account is not None:
        caller.registry.lease(account.user)
        token = await caller.registry.accounts.new_token(account, "web", caller.address)
        answer = json.encode(LoggedIn(user=account.user, rooms=[]))
    if not caller.bearer:
        request.setHeader("Set-Cookie", cookie(token, secure=caller.secure, port=caller.port))
    return as_json(request, answer)


async def login(caller: Caller, credentials: Credentials) -> Account | None:
    """By name and password."""
    caller.check_page()
    caller.check_password_allowed()
    registry = caller.registry
    return await registry.accounts.by_password(
        credentials.name, credentials.password, caller.address, registry.now, credentials.code
    )


async def register(caller: Caller, credentials: Credentials) -> Account | None:
    """Make an account."""
    caller.check_page()
    caller.check_password_allowed()
    registry = caller.registry
    return await registry.accounts.register(
        credentials.name,
        credentials.password,
        caller.address,
        registry.now,
        credentials.invitation,
        local=caller.local,
    )


async def guest(caller: Caller, credentials: Credentials) -> Account | None:
    """By a name alone."""
    caller.check_page()
    return await caller.registry.accounts.guest(credentials.name, caller.address, caller.registry.now)


async def logout(caller: Caller, credentials: Credentials) -> Account | None:
    """End the token that the request carries, and every session that came with it."""
    if not caller.bearer and caller.origin is None:
        raise ChatError(Code.NOT_LOGGED_IN, "Say who logs out: a bearer token, or a page's cookie.")
    if caller.token is not None:
        registry = caller.registry
        account = await registry.accounts.by_token(caller.token, caller.address, registry.now)
        digest = registry.accounts.digest(caller.token)
        if await registry.store.drop_token(digest):
            registry.log_out(account.user.id, digest)
        registry.lease(account.user)
    return None


LOGINS: dict[str, LoginCall] = {"login": login, "register": register, "guest": guest, "logout": logout}
"""Each call by its address below `/api/`."""
