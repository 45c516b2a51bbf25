"""Play a browser script: Node drives the system's Chromium against a running server.

A script finds the server's address in `BASE_URL` and a folder for pictures and traces in `RESULTS`; it
reports what is wrong by failing. Its libraries are those of clients/web:

    import { createRequire } from 'node:module'
    const { chromium } = createRequire(`${process.env.WEB}/package.json`)('playwright-core')
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.servers.process import Process

WEB = Path(__file__).resolve().parents[2] / "clients" / "web"
SECONDS = 300.0


class ScriptFailed(AssertionError):
    """The text is what the script printed."""


def play(script: Path, base_url: str, results: Path, environment: Mapping[str, str]) -> None:
    """Run the script to its end; raise ScriptFailed when it fails or takes longer than SECONDS."""
    results.mkdir(parents=True, exist_ok=True)
    named = {"BASE_URL": base_url, "RESULTS": str(results), "WEB": str(WEB), **environment}
    log = results / f"{script.stem}.log"
    node = Process(["node", str(script)], log, environment=named)
    try:
        status = node.wait(SECONDS)
    except subprocess.TimeoutExpired:
        raise ScriptFailed(
            f"{script.name} was not done after {SECONDS:.0f} s\n{node.last_words(200)}"
        ) from None
    finally:
        node.stop()
    if status != 0:
        raise ScriptFailed(f"{script.name} ended with {status}\n{node.last_words(200)}")
