"""The lock files hold for every Python that the project runs on, not only for the one that resolved them.

A package may need another one on older Pythons alone. pip refuses to install such a package when the lock,
resolved with a newer Python, does not list what it needs with its hash.
"""

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11.0", "3.11.2", "3.11.9", "3.12.3", "3.13.5", "3.14.0")


def locked(name: str) -> set[str]:
    """The packages of a lock file, extras left out."""
    names = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==", (ROOT / name).read_text(), re.MULTILINE)
    return {canonicalize_name(found) for found in names}


def needed(package: str, python: str) -> set[str]:
    """What an installed package needs on another Python of the same machine."""
    other = {"python_full_version": python, "python_version": python.rpartition(".")[0], "extra": ""}
    wanted = map(Requirement, distribution(package).requires or [])
    return {canonicalize_name(one.name) for one in wanted if one.marker is None or one.marker.evaluate(other)}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
@pytest.mark.parametrize("python", PYTHONS)
def test_what_a_locked_package_needs_on_any_supported_python_is_locked_too(lock: str, python: str) -> None:
    there = locked(lock)
    assert "redis" in there
    missing = {f"{package} needs {other}" for package in there for other in needed(package, python) - there}
    assert missing == set()
