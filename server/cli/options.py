"""Options that several commands share, and how a command ends when something is wrong.

Exit codes: 0 done; 1 found something wrong (a broken journal); 2 wrong usage; 3 the house is in trouble
(database, address in use); 4 refused by a rule. `pingji --help` tells them.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import click

from server.domain.refusal import Code, Rejected
from server.engine.engine import Engine, Pace
from server.engine.journal import JournalDown
from server.settings import Settings
from server.store.store import Store

P = ParamSpec("P")
T = TypeVar("T")

WRONG, TROUBLE, REFUSED = 1, 3, 4

# Seconds for an answer of the database: a person waits rather than start again, and no socket hangs on it.
PATIENCE = 60.0

# What a rule says to who types; the web has sentences of its own for every code.
SENTENCES: dict[str, str] = {
    Code.BAD_LOGIN: "login and password do not belong together",
    Code.LOGIN_THROTTLED: "too many failures: wait a while",
    Code.PASSWORD_DUE: "a password has to be chosen first: sign in with a browser",
    Code.WEAK_PASSWORD: "a password has at least {shortest} characters and is not the login",
    Code.NOT_ALLOWED: "this post may not do that",
    Code.NOT_FOUND: "there is no such thing there",
    Code.TOO_MANY_PENDING: "as many as there can be are running already: end one first",
    Code.UNKNOWN_ACCOUNT: "nobody has the login {login}; `pingji user list` shows who there is",
    Code.UNKNOWN_UNIT: "there is no unit {unit}",
}

ABOVE_ZERO = click.FloatRange(min=0, min_open=True)
AT_LEAST_ONE = click.IntRange(min=1)

DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")
HINTS = ("redis://", "rediss://", "unix://")


def begins_with(*known: str) -> Callable[[click.Context, click.Parameter, str], str]:
    """Checks an URL, which may be left out."""

    def check(context: click.Context, option: click.Parameter, url: str) -> str:
        if url and not url.startswith(known):
            raise click.BadParameter(f"{url} is none of {', '.join(f'{beginning}…' for beginning in known)}")
        return url

    return check


def reachable(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """ADDRESS or ADDRESS:PORT, [IPV6]:PORT."""
    for address in given:
        host, colon, port = address.rpartition(":")
        with_port = colon and (":" not in host or host.endswith("]"))
        if with_port and not (port.isdigit() and 0 < int(port) < 65536):
            raise click.BadParameter(f"{address} has no port that can be")
    return given


def where(command: Callable[..., Any]) -> Callable[..., Any]:
    """--var and --url: which district's data."""
    command = click.option(
        "--url",
        default="",
        callback=begins_with(*DATABASES),
        show_default="SQLite in VAR",
        help="Database, e.g. postgresql+psycopg://user@host/pingji",
    )(command)
    return click.option(
        "--var",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("var"),
        show_default=True,
        help="Folder for the database, files and recordings.",
    )(command)


def run(work: Callable[P, Awaitable[T]]) -> Callable[P, T]:
    """A command that is a coroutine, with errors told as sentences."""

    @functools.wraps(work)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return asyncio.run(_awaited(work(*args, **kwargs)))
        except Rejected as refusal:
            refused(refusal.code.value, refusal.detail)
        except JournalDown as trouble:
            fail(TROUBLE, f"the database does not answer: {trouble}")
        except OSError as problem:
            fail(TROUBLE, f"{problem.filename or 'the system'}: {problem.strerror or problem}")

    return wrapped


async def _awaited(work: Awaitable[T]) -> T:
    return await work


def fail(code: int, sentence: str) -> NoReturn:
    click.echo(f"pingji: {sentence}", err=True)
    raise SystemExit(code)


def refused(code: str, detail: dict[str, Any]) -> NoReturn:
    """Told in a sentence, with the code that the documentation knows."""
    sentence = SENTENCES.get(code)
    try:
        told = f"{sentence.format(**detail)} ({code})" if sentence else f"{code} {detail or ''}".rstrip()
    except KeyError:  # another refusal of that code, without what the sentence names
        told = f"{code} {detail or ''}".rstrip()
    fail(REFUSED, f"refused: {told}")


async def open_store(var: Path, url: str, *, new: bool = False) -> Store:
    """Without `new` a folder that is not there stays so: its name was mistyped, most likely."""
    settings = Settings(var=var, url=url)
    if new:
        await asyncio.to_thread(var.mkdir, parents=True, exist_ok=True)
    elif not url and not await asyncio.to_thread((var / "pingji.db").exists):
        fail(TROUBLE, f"no district in {var} yet: run `pingji init` first, or name its folder with --var")
    return await Store.open(settings.database_url, settings.blobs, PATIENCE)


async def district_of(store: Store, log: str | None = None) -> str:
    """The named log, or the district's own."""
    rows = await store.logs()
    if log is not None:
        if log not in {row.log for row in rows}:
            fail(2, f"there is no log {log!r}; there are: {', '.join(row.log for row in rows) or 'none'}")
        return log
    for row in rows:
        if row.kind == "district":
            return row.log
    fail(TROUBLE, "no district yet: run `pingji init` first")


async def engine_of(store: Store, log: str) -> Engine:
    """An engine beside the running server's: both take turns at the same journal."""
    engine = Engine(store.journal(log), Pace(turn_timeout=PATIENCE))
    await engine.start()
    return engine
