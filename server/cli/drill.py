"""`pingji drill`: start a drill on a running server."""

import json
import urllib.error
import urllib.request
from typing import Any

import click

from server.cli.options import REFUSED, TROUBLE, fail
from server.founding import SAMPLE_PASSWORD


@click.command()
@click.option("--server", default="http://127.0.0.1:8080", show_default=True, help="A running server.")
@click.option("--login", default="commander", show_default=True)
@click.option("--password", default=SAMPLE_PASSWORD, show_default="that of the sample")
@click.option("--end", metavar="LOG", help="End this drill instead.")
def drill(server: str, login: str, password: str, end: str | None) -> None:
    """Start a simulated typhoon with simulated stations in a log of its own, and print where to watch."""
    base = server.rstrip("/")
    asked = {"login": login, "password": password, "want_token": True, "device": "cli"}
    token = _ask("POST", f"{base}/api/login", asked)["token"]
    if end is not None:
        _ask("DELETE", f"{base}/api/drills/{end}", None, token)
        click.echo(f"{end} is over")
        return
    started = _ask("POST", f"{base}/api/drills", {}, token)
    click.echo(f"{started['name']} ({started['log']})\n{base}/command#token={started['token']}")


def _ask(method: str, url: str, body: Any, token: str = "") -> Any:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as refused:
        fail(REFUSED, f"refused: {refused.read().decode(errors='replace')[:300]}")
    except OSError as problem:
        fail(TROUBLE, f"{url} does not answer: {problem}")
