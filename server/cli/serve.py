"""`pingji serve`."""

import logging
from pathlib import Path

import click

from server.certificates import Certificates
from server.cli.options import ABOVE_ZERO, AT_LEAST_ONE, HINTS, TROUBLE, begins_with, fail, reachable, where
from server.domain.people import Post
from server.encryption import WrongFiles
from server.engine.journal import JournalDown
from server.founding import SAMPLE_PASSWORD
from server.main import run
from server.media.addresses import own_addresses
from server.node import Node, NotFounded
from server.outfit import packet_path
from server.settings import Settings

_LEVELS = ("debug", "info", "warning", "error")
_SHOWN = {
    Post.DUTY_COMMANDER: "轮值指挥长 duty commander",
    Post.DEPARTMENT_DESK: "委办局 department desk",
    Post.TOWN_DESK: "街镇中心 town centre",
    Post.VILLAGE_DESK: "村居工作站 village workstation",
    Post.FIELD: "处置队伍 field team (phone)",
    Post.ADMINISTRATOR: "管理员 administrator",
    Post.OBSERVER: "观察员 observer",
}


@click.command()
@where
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option(
    "--redis",
    default="",
    callback=begins_with(*HINTS),
    help="Redis for hints between several nodes, e.g. redis://host.",
)
@click.option(
    "--geo",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The district's vectors as GeoJSON; the sample's by default.",
)
@click.option("--origin", "origins", multiple=True, help="A further origin browsers may come from.")
@click.option("--behind-proxy", is_flag=True, help="Believe X-Forwarded-For and X-Forwarded-Proto.")
@click.option(
    "--session-days", default=7, show_default=True, type=AT_LEAST_ONE, help="How long a sign-in lasts."
)
@click.option(
    "--recordings-days",
    default=30,
    show_default=True,
    type=click.IntRange(1, 3650),
    help="How long recordings of consultations are kept.",
)
@click.option("--upload-limit", default=64, show_default=True, type=AT_LEAST_ONE, help="Largest file, MiB.")
@click.option(
    "--webhook-timeout",
    default=10.0,
    show_default=True,
    type=ABOVE_ZERO,
    help="Seconds to wait for a webhook.",
)
@click.option(
    "--webhook-patience",
    default=86_400.0,
    show_default=True,
    type=ABOVE_ZERO,
    help="Seconds until a webhook is given up.",
)
@click.option(
    "--poll",
    default=1.0,
    show_default=True,
    type=ABOVE_ZERO,
    help="Seconds between looks at the journal's head.",
)
@click.option(
    "--turn-timeout",
    default=5.0,
    show_default=True,
    type=ABOVE_ZERO,
    help="Seconds to wait for the database.",
)
@click.option(
    "--snapshot-every",
    default=5000,
    show_default=True,
    type=AT_LEAST_ONE,
    help="Least entries between snapshots.",
)
@click.option(
    "--ping-interval", default=20.0, show_default=True, type=ABOVE_ZERO, help="Seconds between heartbeats."
)
@click.option(
    "--stall-timeout", default=15.0, show_default=True, type=ABOVE_ZERO, help="Seconds a client may not read."
)
@click.option(
    "--max-buffered", default=1024, show_default=True, type=AT_LEAST_ONE, help="KiB kept for a slow client."
)
@click.option(
    "--max-connections", default=20_000, show_default=True, type=AT_LEAST_ONE, help="Sockets of this node."
)
@click.option(
    "--connections-per-account",
    default=50,
    show_default=True,
    type=AT_LEAST_ONE,
    help="Sockets of one account.",
)
@click.option(
    "--rate", default=20.0, show_default=True, type=ABOVE_ZERO, help="Messages a second and connection."
)
@click.option("--media/--no-media", default=True, help="Whether consultation rooms have sound and picture.")
@click.option(
    "--media-address",
    multiple=True,
    callback=reachable,
    metavar="ADDRESS[:PORT]",
    show_default="this host's own",
    help="An address at which clients reach media, and the port when a router maps another one to the first"
    " media worker; may be given several times.",
)
@click.option(
    "--media-port",
    default=0,
    show_default="any free one",
    type=click.IntRange(0, 65535),
    help="UDP port of the first media worker; each further one takes the next.",
)
@click.option(
    "--media-workers",
    type=click.IntRange(0, 64),
    show_default="one per core",
    help="Processes that forward sound and picture.",
)
@click.option(
    "--media-folder",
    type=click.Path(file_okay=False, path_type=Path),
    show_default="media in VAR",
    help="Where the workers' sockets are; nodes on one host that give the same share their workers.",
)
@click.option(
    "--leave-media", is_flag=True, help="When stopped, media goes on for two minutes for the next start."
)
@click.option("--media-at", multiple=True, help="A further worker: its socket file, or HOST:PORT of one.")
@click.option("--turn", "turn_urls", multiple=True, help="A relay, e.g. turn:host:3478?transport=tcp")
@click.option("--turn-secret", default="", help="Shared with the relay; better in PINGJI_SERVE_TURN_SECRET.")
@click.option(
    "--tls", default="", metavar="auto|CERT,KEY", help="Serve HTTPS: with certificates of our own, or these."
)
@click.option("--ready-file", type=click.Path(path_type=Path), help="Written when ready: {port, pid}.")
@click.option("--log-level", default="warning", show_default=True, type=click.Choice(_LEVELS, False))
def serve(ready_file: Path | None, log_level: str, **given: object) -> None:
    """Serve the district until Ctrl-C, which finishes what was accepted and then ends."""
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("upload_limit", "max_buffered"):
        value = given[name]
        assert isinstance(value, int)
        given[name] = value * (1024 * 1024 if name == "upload_limit" else 1024)
    origins = given["origins"]
    assert isinstance(origins, tuple)
    settings = Settings(**given)  # type: ignore[arg-type]
    try:
        run(settings, ready_file, _announce)
    except NotFounded:
        fail(TROUBLE, "no district yet: run `pingji init` first")
    except WrongFiles as trouble:
        fail(TROUBLE, f"the certificate cannot be used: {trouble}")
    except JournalDown as trouble:
        fail(TROUBLE, f"the database does not answer: {trouble}")
    except OSError as problem:
        if problem.filename is not None:
            fail(TROUBLE, f"{problem.filename}: {problem.strerror}")
        fail(TROUBLE, f"cannot listen on {settings.host}:{settings.port}: {problem.strerror}")


_PATHS = {
    "compiled": "媒体转发 media: compiled packet path",
    "python": "媒体转发 media: packet path in Python; a compiler makes it half as dear (docs/deploy.md)",
}


def _on_this_machine(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _announce(node: Node) -> None:
    """The address, and for a sample district one account per role."""
    state = node.hosted[node.district].engine.world.state
    settings = node.settings
    everywhere = settings.host in ("0.0.0.0", "::")
    host = next(iter(own_addresses()), settings.host) if everywhere else settings.host
    where = f"{settings.scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}/"
    click.echo(f"\n  平急 Pingji · {state.name}\n  {where}\n")
    if settings.tls == "auto":
        click.echo(f"  信任证书 trust its certificate once per device: {where}trust")
        click.echo(f"  {Certificates(settings.tls_folder).fingerprint()}\n")
    elif settings.media and not (settings.tls or settings.behind_proxy or _on_this_machine(settings.host)):
        click.echo("  浏览器只在 HTTPS 下开放麦克风 microphones need HTTPS: --tls auto\n")
    if settings.media:
        click.echo(f"  {_PATHS.get(packet_path(), packet_path())}\n")
    if settings.redis and settings.media and not (settings.media_folder or settings.media_at):
        click.echo(
            "  several nodes must share their media workers: --media-folder (docs/deploy.md)\n", err=True
        )
    sample = state.accounts.get("commander")
    if sample is not None and not sample.password_due:
        click.echo(f"  样例账号 sample accounts, password {SAMPLE_PASSWORD}")
        for post, title in _SHOWN.items():
            account = next((a for a in state.accounts.values() if a.post is post), None)
            if account is not None:
                click.echo(f"    {account.login:<14} {title}")
        click.echo("\n  演练 drill: sign in as commander and press 演练, or run `pingji drill`")
    click.echo("  Ctrl-C ends it\n")
