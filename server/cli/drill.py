"""`pingji drill`: start a drill on a running server."""

import json
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

import click

from server.cli.options import TROUBLE, fail, refused
from server.founding import SAMPLE_PASSWORD


def _address(context: click.Context, option: click.Parameter, url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none
        known = False
    if not known:
        raise click.BadParameter(f"{url} is not an address like http://127.0.0.1:8080")
    return url.rstrip("/")


@click.command()
@click.option(
    "--server",
    default="http://127.0.0.1:8080",
    show_default=True,
    callback=_address,
    help="A running server.",
)
@click.option("--login", default="commander", show_default=True)
@click.option("--password", default=SAMPLE_PASSWORD, show_default="that of the sample")
@click.option("--end", metavar="LOG", help="End this drill instead.")
def drill(server: str, login: str, password: str, end: str | None) -> None:
    """Start a simulated typhoon with simulated stations in a log of its own, and print where to watch."""
    asked = {"login": login, "password": password, "want_token": True, "device": "cli"}
    token = _ask("POST", f"{server}/api/login", asked, wanted=("token",))["token"]
    if end is not None:
        _ask("DELETE", f"{server}/api/drills/{quote(end, safe='')}", None, token)
        click.echo(f"{end} is over")
        return
    started = _ask("POST", f"{server}/api/drills", {}, token, wanted=("name", "log", "token"))
    click.echo(f"{started['name']} ({started['log']})\n{server}/command#token={started['token']}")


def _ask(method: str, url: str, body: Any, token: str = "", wanted: tuple[str, ...] = ()) -> dict[str, Any]:
    """The answer, which has what is wanted; else the command ends with a sentence."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    said: Any = None
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            said = json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        _refused(url, error.read())
    except OSError as problem:
        fail(TROUBLE, f"{url} does not answer: {getattr(problem, 'reason', problem)}")
    except (HTTPException, ValueError):
        pass  # some other server, told below
    if not (isinstance(said, dict) and said.keys() >= set(wanted)):
        fail(TROUBLE, f"{url} does not answer as Pingji does")
    return said


def _refused(url: str, body: bytes) -> NoReturn:
    try:
        error = json.loads(body)["error"]
        code, detail = str(error["code"]), dict(error.get("detail") or {})
    except (ValueError, LookupError, TypeError):  # some other server
        fail(TROUBLE, f"{url} does not answer as Pingji does")
    refused(code, detail)
