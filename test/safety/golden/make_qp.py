"""Writes qp.json: small quadratic programs and their solutions by quadprog and ProxSuite.

    pip install numpy quadprog proxsuite
    python make_qp.py

Both must agree on each program, to 1e-8. `x` is quadprog's solution, null when there is none.
"""

import json
from pathlib import Path

import numpy as np
import proxsuite
import quadprog

rng = np.random.default_rng(20261121)


def rounded(values):
    """Numbers as they will be read from the file."""
    return np.round(np.asarray(values, float), 6)


def program(n, m, kind):
    weight = rounded(np.exp(rng.normal(size=n)))
    lower, upper = rounded(-0.2 - rng.random(n)), rounded(0.2 + rng.random(n))
    target = rounded(rng.normal(size=n) * 1.5)
    rows = rng.normal(size=(m, n))
    if kind == "sparse":
        rows *= rng.random((m, n)) < 0.4
        rows[:, 0] += np.all(rows == 0, axis=1)
    if kind == "parallel":
        rows[1::2] = rows[: m // 2 * 2 : 2] + 1e-3 * rng.normal(size=(m // 2, n))
    rows = rounded(rows)
    inside = lower + (upper - lower) * rng.random(n)
    bounds = rows @ inside - rng.random(m)
    if kind == "infeasible":
        share = rng.random(m - 1)
        rows[-1] = -share @ rows[:-1]
        bounds[-1] = -share @ bounds[:-1] + 0.05
    return weight, target, lower, upper, rounded(rows), rounded(bounds)


def by_quadprog(weight, target, lower, upper, rows, bounds):
    n = len(weight)
    left = np.vstack([np.eye(n), -np.eye(n), rows])
    right = np.concatenate([lower, -upper, bounds])
    try:
        return quadprog.solve_qp(np.diag(weight), weight * target, left.T.copy(), right)[0]
    except ValueError:
        return None


def by_proxsuite(weight, target, lower, upper, rows, bounds):
    n, m = len(weight), len(bounds)
    dense = proxsuite.proxqp.dense
    qp = dense.QP(n, 0, m, True)
    qp.settings.eps_abs = 1e-12
    qp.settings.max_iter = 1000
    qp.init(np.diag(weight), -weight * target, None, None, rows, bounds, np.full(m, 1e20), lower, upper)
    qp.solve()
    solved = qp.results.info.status == proxsuite.proxqp.QPSolverOutput.PROXQP_SOLVED
    return qp.results.x.copy() if solved else None


def main():
    problems = []
    sizes = [(1, 2), (2, 4), (3, 6), (6, 10), (7, 20), (10, 16)]
    for kind in ("dense", "sparse", "parallel", "infeasible"):
        for n, m in sizes:
            given = program(n, m, kind)
            x, check = by_quadprog(*given), by_proxsuite(*given)
            assert (x is None) == (check is None), (kind, n, m)
            if x is not None:
                assert np.abs(x - check).max() < 1e-8, (kind, n, m, np.abs(x - check).max())
            names = ("weight", "target", "lower", "upper", "rows", "bounds")
            problem = {name: np.ravel(value).tolist() for name, value in zip(names, given)}
            problems.append({"kind": kind, **problem, "x": None if x is None else x.tolist()})
    lines = ",\n".join(json.dumps(problem) for problem in problems)
    (Path(__file__).parent / "qp.json").write_text(f"[\n{lines}\n]\n")


main()
