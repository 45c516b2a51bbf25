"""Solves a program. The only module that knows HiGHS; imported when the first proposal is asked for.

The same program gives the same answer on every machine of one version: one thread, the simplex method, a
fixed seed, a limit of iterations and none of time. It computes for up to a second and holds no lock of
Python's while it does: call it from a thread, not from an event loop.

Where a program has very many ways, each need is first offered its cheapest ones; the duals of that answer
price all others, and those that would make it better are added until none does. The answer is the optimum
of the whole program, not of a part of it.
"""

from typing import Any

from resources.sourcing.program import Program

ITERATIONS_AT_MOST = 200_000
AT_ONCE = 12_000  # ways that are given to the solver without ado
CHEAPEST = 24  # ways that a need is offered first, or more: twice what it needs
ADDED = 40  # ways that are added for a need in a round
ROUNDS = 40  # then all that would make it better are added
BETTER = 1e-6  # a minute's fraction that is no gain


class Unsolved(Exception):
    """The solver gave up; the argument is its status."""


def solve(program: Program) -> list[int]:
    """The quantity of every way, in the program's order.

    Raises Unsolved when the solver gives up or its answer is not whole.
    """
    return _Solving(program).answer() if program.ways else []


class _Solving:
    def __init__(self, program: Program) -> None:
        import numpy as np

        self.program = program
        self.others = len(program.cost)
        ways, count = program.ways, len(program.ways)
        self.cost = np.fromiter((way.cost for way in ways), np.float64, count)
        self.most = np.array(program.most, dtype=np.float64)
        self.need = np.fromiter((way.need for way in ways), np.int32, count)
        of_site = [program.rows_of_site[way.site] for way in ways]
        self.rows = np.column_stack((self.need, np.array(of_site, dtype=np.int32)))
        self.given = np.zeros(count, dtype=bool)
        self.order: list[Any] = []  # of the ways, as the solver has them behind the other columns
        self.highs = self._model()

    def answer(self) -> list[int]:
        import numpy as np

        self._give(self._first())
        for round in range(ROUNDS + 1):
            found, duals = self._run()
            if self.given.all():
                break
            wanted = self._better(duals, None if round == ROUNDS else ADDED)
            if not len(wanted):
                break
            self._give(wanted)
        taken = np.zeros(len(self.cost))
        taken[np.concatenate(self.order)] = found[self.others :]
        whole = np.rint(taken)
        if np.abs(taken - whole).max() > 1e-4:
            raise Unsolved("not whole")
        return [int(quantity) for quantity in whole]

    def _model(self) -> Any:
        """The program without its ways."""
        import highspy
        import numpy as np
        from highspy._core import _Highs  # highspy.Highs prints a banner when it is made

        program = self.program
        lp = highspy.HighsLp()
        lp.num_col_ = self.others
        lp.num_row_ = len(program.low)
        lp.col_cost_ = np.array(program.cost)
        lp.col_lower_ = np.zeros(self.others)
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
        return highs

    def _give(self, ways: Any) -> None:
        import numpy as np

        many = len(ways)
        starts = np.arange(0, many * 4, 4, dtype=np.int32)
        rows = np.sort(self.rows[ways], axis=1).ravel()
        zeros, ones = np.zeros(many), np.ones(many * 4)
        self.highs.addCols(many, self.cost[ways], zeros, self.most[ways], many * 4, starts, rows, ones)
        self.given[ways] = True
        self.order.append(ways)

    def _first(self) -> Any:
        """All ways; or of each need the cheapest that together could give it twice what it needs."""
        import numpy as np

        count = len(self.cost)
        if count <= AT_ONCE:
            return np.arange(count)
        by_need = np.lexsort((self.cost, self.need))
        rank = _ranks(self.need[by_need])
        reached = np.cumsum(self.most[by_need])
        before = reached - self.most[by_need]
        before -= before[np.arange(count) - rank]  # of the same need
        enough = 2 * np.array(self.program.low)[self.need[by_need]]
        return np.sort(by_need[(rank < CHEAPEST) | (before < enough)])

    def _better(self, duals: Any, most: int | None) -> Any:
        """Ways that are not given yet and would pay, of each need the best first."""
        import numpy as np

        reduced = self.cost - duals[self.rows].sum(axis=1)
        wanted = np.flatnonzero(~self.given & (reduced < -BETTER))
        if most is None or not len(wanted):
            return wanted
        wanted = wanted[np.lexsort((reduced[wanted], self.need[wanted]))]
        return np.sort(wanted[_ranks(self.need[wanted]) < most])

    def _run(self) -> tuple[Any, Any]:
        """The quantities of all columns that the solver has, and the prices of the rows."""
        import highspy
        import numpy as np

        self.highs.run()
        status = self.highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise Unsolved(str(status))
        solution = self.highs.getSolution()
        return np.array(solution.col_value), np.array(solution.row_dual)


def _ranks(groups: Any) -> Any:
    """The place of each within its run of equal numbers."""
    import numpy as np

    at = np.arange(len(groups))
    first = np.r_[True, groups[1:] != groups[:-1]] if len(groups) else np.zeros(0, dtype=bool)
    return at - np.maximum.accumulate(np.where(first, at, 0))
