"""Solves a program. The only module that knows HiGHS; imported when the first proposal is asked for.

The same program gives the same answer on every machine of one version: one thread, the simplex method, a
fixed seed, a limit of iterations and none of time. It computes for up to a second and holds no lock of
Python's while it does: call it from a thread, not from an event loop.
"""

from resources.sourcing.program import Program

ITERATIONS_AT_MOST = 200_000


class Unsolved(Exception):
    """The solver gave up; the argument is its status."""


def solve(program: Program) -> list[int]:
    """The quantity of every way, in the program's order.

    Raises Unsolved when the solver gives up or its answer is not whole.
    """
    if not program.ways:
        return []
    import highspy
    import numpy as np
    from highspy._core import _Highs  # highspy.Highs prints a banner when it is made

    lp = highspy.HighsLp()
    lp.num_col_ = len(program.cost)
    lp.num_row_ = len(program.low)
    lp.col_cost_ = np.array(program.cost)
    lp.col_lower_ = np.zeros(len(program.cost))
    lp.col_upper_ = np.array(program.upper, dtype=np.float64)
    lp.row_lower_ = np.array(program.low, dtype=np.float64)
    lp.row_upper_ = np.array(program.high, dtype=np.float64)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.array(program.starts, dtype=np.int32)
    lp.a_matrix_.index_ = np.array(program.rows, dtype=np.int32)
    lp.a_matrix_.value_ = np.array(program.values)
    highs = _Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("solver", "simplex")
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("parallel", "off")
    highs.setOptionValue("random_seed", 0)
    highs.setOptionValue("simplex_iteration_limit", ITERATIONS_AT_MOST)
    highs.passModel(lp)
    highs.run()
    status = highs.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise Unsolved(str(status))
    found = np.array(highs.getSolution().col_value[: len(program.ways)])
    whole = np.rint(found)
    if np.abs(found - whole).max() > 1e-4:
        raise Unsolved("not whole")
    return [int(quantity) for quantity in whole]
