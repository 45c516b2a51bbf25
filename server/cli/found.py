"""`pingji init`."""

import secrets
from pathlib import Path

import click
import msgspec
from argon2 import PasswordHasher

from server.cli.options import engine_of, fail, open_store, run, where
from server.founding import SAMPLE, SAMPLE_PASSWORD, bare, read_district, read_plans, read_stock, sample


@click.command()
@where
@click.option(
    "--district",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The district's own file (see docs/district.md). Without it: the sample district Jinshan.",
)
@run
async def init(var: Path, url: str, district: Path | None) -> None:
    """Make a district: the tables, the first entry of its log, the first accounts.

    The sample district comes with invented people at every post. A district's own file comes with one
    administrator, whose password is printed once and must be changed at the first sign-in.
    """
    try:
        read = read_district(district or SAMPLE)
    except (msgspec.MsgspecError, KeyError, ValueError) as problem:
        fail(2, f"{district} is not a district file: {problem}")
    store = await open_store(var, url, new=True)
    try:
        await store.create_log(read.code, "district", read.name)
        if (await store.journal(read.code).head()).seq > 0:  # an interrupted one is finished
            click.echo(f"{read.name} ({read.code}) is there already")
            return
        plans = read_plans()
        password = SAMPLE_PASSWORD if district is None else secrets.token_urlsafe(9)
        founding = sample(read, plans, read_stock()) if district is None else bare(read, plans, "admin")
        hashed = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1).hash(password)
        await store.credentials.set_many(read.code, [account.id for account in founding.accounts], hashed)
        engine = await engine_of(store, read.code)
        await engine.ask("found", None, founding)
        await engine.close()
        click.echo(
            f"{read.name} ({read.code}): {len(founding.units)} units, {len(founding.accounts)} people, "
            f"{len(founding.stock)} resources"
        )
        if district is not None:
            click.echo(f"administrator: admin, password {password} (to be changed at the first sign-in)")
    finally:
        await store.close()
