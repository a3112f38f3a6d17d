"""The Python side of the filter benchmark: the filter's quadratic programs by quadprog and ProxSuite.

The first line of standard input is a JSON array of programs, each with n, target, weight, lower,
upper, rows (row-major) and bounds: minimise ½ Σ weight (x - target)² subject to lower <= x <= upper
and rows x >= bounds. Answers with one line, the versions and the solutions of both solvers (null
where one finds none). After that, every line with a solver's name is answered with the time of each
program, in microseconds, the least of three; null where it found no solution.

A solver is given arrays in the form that it wants; making them is not timed. ProxSuite keeps one
object for each program, is told all of its numbers and solves from scratch.
"""

import json
import os
import sys
from importlib.metadata import version
from time import perf_counter_ns

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402
import proxsuite  # noqa: E402
import quadprog  # noqa: E402

REPEATS = 3
# What agreement of the solutions to 1e-6 takes: ProxSuite's residuals alone stop it too early.
ACCURACY = 1e-9
DUALITY_GAP = 1e-12


class Quadprog:
    def __init__(self, p):
        eye = np.eye(p["n"])
        self.hessian = np.diag(p["weight"])
        self.linear = p["weight"] * p["target"]
        self.left = np.ascontiguousarray(np.vstack([eye, -eye, p["rows"]]).T)
        self.right = np.concatenate([p["lower"], -p["upper"], p["bounds"]])

    def solve(self):
        return quadprog.solve_qp(self.hessian, self.linear, self.left, self.right)[0]


class ProxSuite:
    def __init__(self, p):
        count = len(p["bounds"])
        dense = proxsuite.proxqp.dense
        self.qp = dense.QP(p["n"], 0, count, True)
        self.qp.settings.eps_abs = ACCURACY
        self.qp.settings.check_duality_gap = True
        self.qp.settings.eps_duality_gap_abs = DUALITY_GAP
        self.qp.settings.eps_duality_gap_rel = 0
        self.data = (
            np.diag(p["weight"]),
            -p["weight"] * p["target"],
            None,
            None,
            p["rows"],
            p["bounds"],
            np.full(count, 1e20),
            p["lower"],
            p["upper"],
        )
        self.qp.init(*self.data)

    def solve(self):
        self.qp.update(*self.data)
        self.qp.solve()
        if self.qp.results.info.status != proxsuite.proxqp.QPSolverOutput.PROXQP_SOLVED:
            raise ValueError("not solved")
        return self.qp.results.x


def attempt(solver):
    try:
        return np.array(solver.solve()).tolist()
    except ValueError:
        return None


def microseconds(solver):
    best = float("inf")
    for _ in range(REPEATS):
        begin = perf_counter_ns()
        solver.solve()
        best = min(best, perf_counter_ns() - begin)
    return best / 1e3


def main():
    problems = json.loads(sys.stdin.readline())
    for p in problems:
        for name in ("target", "weight", "lower", "upper", "bounds"):
            p[name] = np.array(p[name], float)
        p["rows"] = np.array(p["rows"], float).reshape(len(p["bounds"]), p["n"])
    solvers = {
        "quadprog": [Quadprog(p) for p in problems],
        "proxsuite": [ProxSuite(p) for p in problems],
    }
    answer = {
        name: {"version": version(name), "solutions": [attempt(solver) for solver in all_of]}
        for name, all_of in solvers.items()
    }
    print(json.dumps(answer), flush=True)
    for line in sys.stdin:
        name = line.strip()
        times = [
            microseconds(solver) if solution is not None else None
            for solver, solution in zip(solvers[name], answer[name]["solutions"])
        ]
        print(json.dumps(times), flush=True)


main()
