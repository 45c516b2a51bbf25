"""`pingji user`: people and their passwords, also beside a running server."""

import secrets
from pathlib import Path

import click
from argon2 import PasswordHasher

from server.cli.options import district_of, engine_of, fail, open_store, run, where
from server.domain.message import Action
from server.domain.people import Account, NotePasswordChosen, Post, RequirePassword, RevokeSessions
from server.domain.refusal import Code, Rejected
from server.engine.engine import Engine
from server.store.store import Store
from server.wire.sign_in import Device, SignIn, strong_enough


@click.group()
def user() -> None:
    """List people, set a password, give another system a token, end sessions."""


@user.command("list")
@where
@click.option("--unit", help="Only this unit's people.")
@run
async def list_people(var: Path, url: str, unit: str | None) -> None:
    """Everybody: login, name, post, unit."""
    store = await open_store(var, url)
    try:
        engine = await engine_of(store, await district_of(store))
        if unit is not None and unit not in engine.world.state.units:
            raise Rejected(Code.UNKNOWN_UNIT, unit=unit)
        for account in engine.world.state.accounts.values():
            if unit in (None, account.unit):
                state = "" if account.active else "  (closed)"
                click.echo(
                    f"{account.login:<20} {account.name:<8} {account.post.value:<16} {account.unit}{state}"
                )
        await engine.close()
    finally:
        await store.close()


@user.command()
@click.argument("login")
@where
@click.option("--password", help="Without it a random one is made and printed.")
@run
async def password(login: str, var: Path, url: str, password: str | None) -> None:
    """Set LOGIN's password; they must choose their own at the next sign-in. Their sessions end."""
    store = await open_store(var, url)
    try:
        log = await district_of(store)
        engine = await engine_of(store, log)
        account = _named(engine, login)
        given = password or secrets.token_urlsafe(9)
        strong_enough(given, login)
        hashed = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1).hash(given)
        await store.credentials.set_many(log, [account.id], hashed)
        await _as_administrator(store, engine, account, RequirePassword(account=account.id))
        await engine.close()
        click.echo(f"password of {login}: {given} (to be changed at the next sign-in)")
    finally:
        await store.close()


@user.command()
@click.argument("login")
@where
@run
async def revoke(login: str, var: Path, url: str) -> None:
    """End all of LOGIN's sessions at once."""
    store = await open_store(var, url)
    try:
        engine = await engine_of(store, await district_of(store))
        account = _named(engine, login)
        await _as_administrator(store, engine, account, RevokeSessions(account=account.id))
        await engine.close()
        click.echo(f"all sessions of {login} are over")
    finally:
        await store.close()


@user.command()
@click.argument("login")
@where
@click.option("--label", default="", help="Which system it is for; shown in the list of sessions.")
@click.option(
    "--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="How long it lasts."
)
@run
async def token(login: str, var: Path, url: str, label: str, days: int) -> None:
    """Print a token with which another system asks in LOGIN's name. It is shown once; `revoke` ends it.

    Where a password is due, it is replaced by one that nobody knows: the account is the system's alone.
    """
    store = await open_store(var, url)
    try:
        log = await district_of(store)
        engine = await engine_of(store, log)
        account = _named(engine, login)
        if not account.active:
            raise Rejected(Code.UNKNOWN_ACCOUNT, login=login)
        sign_in = SignIn(store, {log: engine}, days)
        if account.password_due:
            await sign_in.set_password(log, account, secrets.token_urlsafe(32))
            chosen = NotePasswordChosen(account=account.id)
            await engine.ask(f"cli.{secrets.token_hex(8)}", None, chosen)
        given = await sign_in.open_session(log, account, Device("service", label or "service"))
        sign_in.close()
        await engine.close()
        click.echo(given)
    finally:
        await store.close()


def _named(engine: Engine, login: str) -> Account:
    for account in engine.world.state.accounts.values():
        if account.login == login:
            return account
    raise Rejected(Code.UNKNOWN_ACCOUNT, login=login)


async def _as_administrator(store: Store, engine: Engine, account: Account, action: Action) -> None:
    """In the name of the district's first administrator: whoever has the machine has the keys."""
    for administrator in engine.world.state.accounts.values():
        if administrator.active and administrator.post is Post.ADMINISTRATOR:
            await engine.ask(f"cli.{secrets.token_hex(8)}", administrator.id, action)
            await store.sessions.revoke_account(engine.journal.log, account.id)
            return
    fail(3, "the district has no administrator")
