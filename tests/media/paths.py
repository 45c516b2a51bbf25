"""The marker of tests that hold for both packet paths; the others run on the one that is used here."""

import pytest

both_paths = pytest.mark.parametrize("path", ["compiled", "python"], indirect=True)
