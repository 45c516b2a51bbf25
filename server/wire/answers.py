"""How answers and refusals look on the wire: msgpack on the socket, JSON over HTTP, the same words."""

from typing import Any

import msgspec
from aiohttp import web

from server.domain.message import Event
from server.domain.refusal import Code, Rejected
from server.engine.inbox import Done

_pack = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode

# what a decoder raises at bytes that are not what they should be
MALFORMED: tuple[type[Exception], ...] = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

STATUS: dict[Code, int] = {
    Code.BAD_TOKEN: 401,
    Code.SESSION_REVOKED: 401,
    Code.BAD_LOGIN: 401,
    Code.PASSWORD_DUE: 403,
    Code.NOT_ALLOWED: 403,
    Code.OUT_OF_REACH: 403,
    Code.BAD_ORIGIN: 403,
    Code.NOT_FOUND: 404,
    Code.UNKNOWN_UNIT: 404,
    Code.UNKNOWN_ACCOUNT: 404,
    Code.UNKNOWN_RESOURCE: 404,
    Code.UNKNOWN_REQUEST: 404,
    Code.UNKNOWN_ORDER: 404,
    Code.UNKNOWN_DISCREPANCY: 404,
    Code.UNKNOWN_WEBHOOK: 404,
    Code.BAD_OFFSET: 409,
    Code.ACTION_ID_TAKEN: 409,
    Code.STALE_VERSION: 409,
    Code.NOT_ENOUGH: 409,
    Code.BEYOND_NEED: 409,
    Code.UNDER_WAY: 409,
    Code.REQUEST_OVER: 409,
    Code.ORDER_OVER: 409,
    Code.TOO_LARGE: 413,
    Code.BAD_TYPE: 415,
    Code.LOGIN_THROTTLED: 429,
    Code.RATE_LIMITED: 429,
    Code.TOO_MANY_PENDING: 429,
    Code.STORAGE_FULL: 507,
    Code.JOURNAL_DOWN: 503,
    Code.SHUTTING_DOWN: 503,
    Code.INTERNAL: 500,
}


def told(refusal: Rejected) -> dict[str, Any]:
    """{"error": {code, retry[, after][, detail]}}; `after` in milliseconds."""
    error: dict[str, Any] = {"code": refusal.code.value, "retry": refusal.retry}
    if refusal.after is not None:
        error["after"] = refusal.after
    if refusal.detail:
        error["detail"] = refusal.detail
    return {"error": error}


def packed(answer: Done | Rejected) -> bytes:
    """The ack of an action."""
    if isinstance(answer, Rejected):
        return _pack(told(answer))
    return _pack({"seq": answer.seq, "at": answer.at})


def packed_events(events: list[Event]) -> bytes:
    """The ack of a preview."""
    return _pack({"events": [(type(event).__name__, event) for event in events]})


def json_answer(value: Any, status: int = 200) -> web.Response:
    """Any struct or plain value."""
    return web.Response(body=_json(value), status=status, content_type="application/json")


def json_refusal(refusal: Rejected) -> web.Response:
    response = json_answer(told(refusal), STATUS.get(refusal.code, 400))
    if refusal.after is not None:
        response.headers["Retry-After"] = str(max(1, refusal.after // 1000))
    return response
