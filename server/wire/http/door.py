"""What every route stands behind: who asks, is the origin ours, how refusals and faults are told."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware

from server.domain.people import Account
from server.domain.refusal import Code, Rejected
from server.engine.journal import JournalDown
from server.settings import Settings
from server.store.blobs import StorageFull
from server.store.store import Store
from server.wire.answers import MALFORMED, json_refusal
from server.wire.hosted import Hosted
from server.wire.live import COOKIE
from server.wire.sign_in import Session, SignIn
from server.wire.sockets.engine import same_origin as same_host

log = logging.getLogger(__name__)
T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self)",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


class Door(msgspec.Struct, frozen=True):
    """What the routes need. One per process."""

    store: Store
    hosted: dict[str, Hosted]
    sign_in: SignIn
    settings: Settings
    district: str  # the log that people sign in to when they name none

    async def session(self, request: web.Request) -> Session:
        """Raises Rejected(BAD_TOKEN)."""
        return await self.sign_in.session(token_of(request))

    async def person(self, request: web.Request) -> tuple[Session, Account]:
        """The account as it is now; refused while a password of one's own is due."""
        session = await self.session(request)
        account = self.sign_in.account(session)
        if account.password_due:
            raise Rejected(Code.PASSWORD_DUE)
        return session, account

    def remote(self, request: web.Request) -> str:
        forwarded = request.headers.get("X-Forwarded-For", "")
        if self.settings.behind_proxy and forwarded:
            return forwarded.rsplit(",", 1)[-1].strip()
        return request.remote or ""

    def secure(self, request: web.Request) -> bool:
        if self.settings.behind_proxy:
            return request.headers.get("X-Forwarded-Proto", request.scheme) == "https"
        return request.secure


def token_of(request: web.Request) -> str:
    """A bearer wins over the cookie: a window may sit in another log than its browser."""
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        return header[7:]
    return request.cookies.get(COOKIE, "")


async def body(request: web.Request, kind: type[T], most: int = 64 * 1024) -> T:
    """The JSON body as a typed value. Raises Rejected(BAD_ACTION, TOO_LARGE)."""
    raw = await request.content.read(most + 1)
    if len(raw) > most:
        raise Rejected(Code.TOO_LARGE, most=most)
    while not request.content.at_eof():
        raw += await request.content.read(most + 1 - len(raw))
        if len(raw) > most:
            raise Rejected(Code.TOO_LARGE, most=most)
    try:
        return msgspec.json.decode(raw, type=kind)
    except MALFORMED as error:
        raise Rejected(Code.BAD_ACTION, why=str(error)[:300]) from None


def same_origin(request: web.Request, origins: tuple[str, ...]) -> bool:
    """A browser names the page's origin when it changes something; other clients name none."""
    origin = request.headers.get("Origin")
    if origin is None or origin in origins:
        return True
    return same_host(origin, request.host)


def guarded(settings: Settings) -> Middleware:
    """The middleware: origin, refusals, faults, headers. No traceback leaves the house."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.method not in ("GET", "HEAD") and not same_origin(request, settings.origins):
                raise Rejected(Code.BAD_ORIGIN)
            if "\0" in request.path or any("\0" in value for value in request.query.values()):
                raise Rejected(Code.NOT_FOUND)  # neither file systems nor databases take it in a name
            response = await handler(request)
        except Rejected as refusal:
            response = json_refusal(refusal)
        except JournalDown:
            response = json_refusal(Rejected(Code.JOURNAL_DOWN, after=1000))
        except StorageFull:
            response = json_refusal(Rejected(Code.STORAGE_FULL, after=5000))
        except web.RequestPayloadError:  # e.g. a body that is not the gzip it says it is
            response = json_refusal(Rejected(Code.BAD_ACTION))
        except web.HTTPRequestEntityTooLarge:
            response = json_refusal(Rejected(Code.TOO_LARGE))
        except web.HTTPException as problem:
            if not request.path.startswith("/api/") or problem.status < 400:
                problem.headers.update(HEADERS)
                raise
            response = json_refusal(Rejected(Code.NOT_FOUND))
        except ConnectionResetError:
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            response = json_refusal(Rejected(Code.INTERNAL))
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    return guard
