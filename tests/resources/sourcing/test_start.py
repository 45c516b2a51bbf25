"""A server that starts pays neither for the solver nor for Excel; who asks for a proposal does."""

import subprocess
import sys

HEAVY = "[m for m in ('numpy', 'highspy', 'openpyxl') if m in sys.modules]"


def loaded(code: str) -> str:
    command = [sys.executable, "-c", f"import sys; {code}; print({HEAVY})"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_server_starts_without_solver_and_without_excel() -> None:
    assert loaded("import server.main, server.sheets, resources.sourcing.propose") == "[]"


def test_the_first_program_loads_the_solver() -> None:
    code = (
        "from resources.sourcing.program import Program, Way; from resources.sourcing.solver import solve;"
        "rows = ({0: (1, 2, 3)}, [], [], [0], [], [], [2, 0, 0, 0], [2, 2, 2, 2]);"
        "assert solve(Program([Way(0, 0, None, 1, 1.0)], [2], *rows)) == [2]"
    )
    assert loaded(code) == "['numpy', 'highspy']"
