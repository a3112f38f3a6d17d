"""Writes stops.json: time-optimal stops by Ruckig, for test/safety/stops.test.ts.

python make_stops.py  (needs the wheels ruckig and numpy)

joint: [v, a, A, D, J, duration, travel] of one joint in velocity control to rest; A is its greatest
acceleration, D its greatest deceleration, J its jerk; v > 0 where D < A.
path: [[v...], share, [D...], [J...], duration] of several joints that keep their direction of motion;
a = share · v. Only those of Ruckig's results are kept that are straight.
"""

import json
import pathlib
import random

import numpy as np
from ruckig import (ControlInterface, InputParameter, Result, Ruckig, Synchronization,
                    Trajectory)


def rounded(value, digits=4):
    return float(f"{value:.{digits}g}")


def stop(v, a, most, least, jerk):
    n = len(v)
    given = InputParameter(n)
    given.control_interface = ControlInterface.Velocity
    given.synchronization = Synchronization.Phase
    given.current_position = [0.0] * n
    given.current_velocity = v
    given.current_acceleration = a
    given.target_velocity = [0.0] * n
    given.target_acceleration = [0.0] * n
    given.max_acceleration = most
    given.min_acceleration = [-x for x in least]
    given.max_jerk = jerk
    found = Trajectory(n)
    result = Ruckig(n).calculate(given, found)
    assert result in (Result.Working, Result.Finished), result
    return found


def one(rng):
    jerk = rounded(10 ** rng.uniform(0.5, 3.5))
    most = rounded(jerk * 10 ** rng.uniform(-2, -0.3))
    v = rounded(most * 10 ** rng.uniform(-1.5, 0.5) * rng.choice([-1, 1]))
    a = rounded(rng.uniform(-0.98, 0.98) * most)
    least = most
    if rng.random() < 0.4:
        v = abs(v)
        least = rounded(most * rng.uniform(0.3, 1))
        # Not where it swings through zero: another limit holds beyond.
        a = max(a, -rounded(0.98 * least))
        if v + a * abs(a) / (2 * jerk) < 0:
            return None
    found = stop([v], [a], [most], [least], [jerk])
    end = found.at_time(found.duration)[0][0]
    return [v, a, most, least, jerk, rounded(found.duration, 10), rounded(end, 10)]


def several(rng):
    n = rng.randint(2, 7)
    v = [rounded(rng.uniform(-2, 2)) for _ in range(n)]
    jerk = [rounded(10 ** rng.uniform(1, 3)) for _ in range(n)]
    least = [rounded(j * 10 ** rng.uniform(-1.5, -0.3)) for j in jerk]
    share = rounded(rng.uniform(-0.5, 0.5) * min(d / abs(x) for d, x in zip(least, v)))
    found = stop(v, [share * x for x in v], least, least, jerk)
    start = np.array(v) / np.linalg.norm(v)
    for time in np.linspace(0, found.duration, 50):
        now = np.array(found.at_time(time)[1])
        across = now - start * (start @ now)
        if np.abs(across).max() > 1e-6:
            return None
    return [v, share, least, jerk, rounded(found.duration, 10)]


def collect(make, count, rng):
    cases = []
    while len(cases) < count:
        case = make(rng)
        if case is not None:
            cases.append(case)
    return cases


rng = random.Random(4)
cases = {"joint": collect(one, 300, rng), "path": collect(several, 80, rng)}
text = json.dumps(cases, separators=(",", ":")).replace("],[", "],\n[")
pathlib.Path(__file__).with_name("stops.json").write_text(text + "\n")
