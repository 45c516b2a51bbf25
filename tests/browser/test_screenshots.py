"""`make screenshots`: the pictures of the documentation, taken from the running product."""

import json
from pathlib import Path

import pytest

from tests.browser.conftest import Meeting, Script
from tests.scenarios.district import sessions, truth
from tests.servers.pingji import Pingji

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
LARGEST = 400_000


@pytest.mark.screenshots
async def test_every_view_is_pictured_and_no_picture_is_heavy(
    script: Script, node: Pingji, tmp_path: Path
) -> None:
    accounts = list((await truth(node)).state.accounts)
    tokens = dict(zip(accounts, await sessions(node, accounts), strict=True))
    kept = tmp_path / "tokens.json"
    kept.write_text(json.dumps(tokens))
    PICTURES.mkdir(exist_ok=True)
    script("screenshots.mjs", TOKENS=str(kept), PICTURES=str(PICTURES))
    heavy = {path.name: size for path in PICTURES.glob("*.png") if (size := path.stat().st_size) > LARGEST}
    assert not heavy


@pytest.mark.screenshots
def test_a_consultation_is_pictured(meeting: Meeting) -> None:
    meeting("roomPictures.mjs", PICTURES=str(PICTURES))
    assert (PICTURES / "room-grid-1920.png").stat().st_size < LARGEST


@pytest.mark.screenshots
def test_the_dispatch_board_is_pictured(script: Script) -> None:
    script("boardPictures.mjs", PICTURES=str(PICTURES))
    assert (PICTURES / "board-1920.png").stat().st_size < LARGEST
