"""The examples of docs/rest.md, run as they stand there, one after another."""

import asyncio
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from server.wire.caller import signature
from tests.servers.pingji import ROOT, Pingji
from tests.servers.process import Process
from tests.wire.conftest import Visit

PAGE = (ROOT / "docs" / "rest.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_every_example_of_the_page_does_what_it_says(house: Pingji, tmp_path: Path) -> None:
    script = "\n".join(
        ("set -euo pipefail", "echo [", *(f"{block}\necho" for block in blocks("sh")), "echo ]")
    )
    command = tmp_path / "bin" / "pingji"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m server "$@"\n')
    command.chmod(0o755)
    environment = Process.environment_with(
        {"BASE": house.base_url, "PINGJI_USER_TOKEN_VAR": str(house.var), "PINGJI_USER_TOKEN_URL": house.url}
    )
    environment["PATH"] = f"{command.parent}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.count('"seq"') >= 6
    assert "\n304\n" in done.stdout
    assert '"code":"not_enough"' in done.stdout
    assert '"RequestResources"' in done.stdout
    board = json.loads((tmp_path / "board.json").read_text())
    assert len(board["board"]["resources"]) == 478


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\$BASE(/api/[a-z./]+)", PAGE))))
def test_every_call_of_the_page_is_in_the_protocol(path: str) -> None:
    known = (ROOT / "PROTOCOL.md").read_text()
    assert path.split("/water")[0].removesuffix(".csv") in known


async def test_the_receivers_check_of_the_page_believes_us_and_nobody_else(visit: Visit) -> None:
    (code,) = blocks("python")
    page: dict[str, object] = {}
    exec(code, page)  # noqa: S102 (the page's own example)
    believed, now = page["believed"], int(time.time())
    assert callable(believed)
    assert believed("key", signature("key", b"{}", now), b"{}")
    assert not believed("key", signature("key", b"{}", now), b"{} ")
    assert not believed("other", signature("key", b"{}", now), b"{}")
    assert not believed("key", signature("key", b"{}", now - 301), b"{}")


async def test_a_token_is_the_systems_own_and_ends_when_it_is_revoked(visit: Visit, house: Pingji) -> None:
    def pingji(*arguments: str) -> str:
        where = ["--var", str(house.var), "--url", house.url]
        command = [sys.executable, "-m", "server", "user", *arguments, *where]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout.strip()

    admin, system = await visit("admin"), await visit()
    opened = {"type": "OpenAccount", "account": "warehouse", "login": "warehouse", "name": "仓库系统"}
    opened |= {"unit": "D03", "post": "department_desk"}
    assert (await admin("POST", "/api/act", {"id": "open-1", "do": opened})).status == 200
    system.token = pingji("token", "warehouse", "--label", "仓库", "--days", "30")
    async with asyncio.timeout(10):  # until the server has looked at the journal
        while (me := await system("GET", "/api/me")).said["password_due"]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert me.said["account"] == "warehouse"
    assert (await system("GET", "/api/board")).status == 200
    sessions = (await admin("GET", "/api/accounts/warehouse/sessions")).said["sessions"]
    assert [(each["device"], each["label"]) for each in sessions] == [("service", "仓库")]
    pingji("revoke", "warehouse")
    assert (await system("GET", "/api/board")).code == "bad_token"
