"""The golden files are current, true, and leave no event out."""

import json
from typing import Any

import msgspec
import pytest

from server.world.evolve import evolve
from server.world.registry import EVENTS
from server.world.state import State
from tests.golden.make import FOLDER, golden

FILES = sorted(FOLDER.glob("*.json"))


def test_the_golden_files_are_what_the_scenarios_make() -> None:
    kept = {path.name: path.read_text() for path in FILES}
    assert kept == golden(), "run python tests/golden/make.py"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_before_and_the_entries_make_after(path: Any) -> None:
    file = json.loads(path.read_text())
    view = msgspec.convert(file["before"], State)
    for entry in file["entries"]:
        for name, fields in entry["events"]:
            evolve(view, msgspec.convert(fields, EVENTS[name]), entry["at"])
        view.seq, view.at = entry["seq"], entry["at"]
    assert view == msgspec.convert(file["after"], State)
    assert msgspec.to_builtins(view) == file["after"]


def test_every_event_is_in_some_golden_file() -> None:
    seen = {
        name
        for path in FILES
        for entry in json.loads(path.read_text())["entries"]
        for name, _ in entry["events"]
    }
    assert seen == set(EVENTS)
