#!/usr/bin/env python3
"""Makes <robot>.json and <robot>.bin: what Pinocchio and Coal say of the robots in config/.

    npm run build
    pip install pin coal
    python make_reference.py [so101 ur5e fr3 so101_pair koch aloha]

For each of 1,000 random poses (a generator of 32-bit numbers that the test has too): the pose of
every tool link in the base; for the first 50 also that of every link, for the first 25 the Jacobian
of the first tool. And by Coal, a share of the distances between the capsules that sinew uses, and
from them to half-spaces, boxes and a sphere: the shares of all poses together cover every pair many
times. The .json says what the numbers in the .bin (little-endian) are.
"""

import json
import subprocess
import sys
from pathlib import Path

import coal
import numpy as np
import pinocchio

HERE = Path(__file__).resolve().parent
ROBOTS = ["so101", "ur5e", "fr3", "so101_pair", "koch", "aloha"]
POSES = 1000
LINK_POSES = 50
JACOBIANS = 25
SELF_SHARE = 16
SCENE_SHARE = 12


class Uniform:
    """The linear congruential generator of Numerical Recipes, as numbers in [0, 1)."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self):
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return self.state / 2**32


class Robot:
    def __init__(self, export):
        self.export = export
        self.model = pinocchio.buildModelFromUrdf(export["urdf"])
        self.data = self.model.createData()
        self.joints = [self.model.joints[self.model.getJointId(n)] for n in export["joints"]]
        body = pinocchio.FrameType.BODY
        self.frames = {name: self.model.getFrameId(name, body) for name in export["links"]}
        self.base = self.model.getFrameId(export["base"], body)

    def configuration(self, positions):
        q = pinocchio.neutral(self.model)
        values = dict(zip(self.export["joints"], positions))
        for mimic in self.export["mimics"]:
            values[mimic["name"]] = mimic["multiplier"] * values[mimic["joint"]] + mimic["offset"]
        for name, value in values.items():
            joint = self.model.joints[self.model.getJointId(name)]
            if joint.nq == 2:  # Pinocchio keeps a continuous joint as cosine and sine
                q[joint.idx_q : joint.idx_q + 2] = np.cos(value), np.sin(value)
            else:
                q[joint.idx_q] = value
        return q

    def place(self, positions):
        self.q = self.configuration(positions)
        pinocchio.framesForwardKinematics(self.model, self.data, self.q)
        self.poses = {
            name: self.data.oMf[self.base].actInv(self.data.oMf[frame])
            for name, frame in self.frames.items()
        }

    def jacobian(self, link):
        full = pinocchio.computeFrameJacobian(
            self.model,
            self.data,
            self.q,
            self.frames[link],
            pinocchio.ReferenceFrame.LOCAL_WORLD_ALIGNED,
        )
        columns = {n: j.idx_v for n, j in zip(self.export["joints"], self.joints)}
        out = np.stack([full[:, columns[n]] for n in self.export["joints"]], axis=1)
        for mimic in self.export["mimics"]:
            joint = self.model.joints[self.model.getJointId(mimic["name"])]
            at = self.export["joints"].index(mimic["joint"])
            out[:, at] += mimic["multiplier"] * full[:, joint.idx_v]
        turn = self.data.oMf[self.base].rotation.T
        return np.concatenate([turn @ out[:3], turn @ out[3:]])


def packed(pose):
    x, y, z, w = pinocchio.Quaternion(pose.rotation).coeffs()
    sign = -1 if w < 0 else 1
    return [*pose.translation, sign * w, sign * x, sign * y, sign * z]


def capsule_object(capsule, pose):
    a, b = np.array(capsule["a"]), np.array(capsule["b"])
    length = np.linalg.norm(b - a)
    turn = pinocchio.Quaternion.FromTwoVectors(
        np.array([0.0, 0.0, 1.0]), (b - a) / length if length > 0 else np.array([0.0, 0.0, 1.0])
    ).matrix()
    placed = pose * pinocchio.SE3(turn, (a + b) / 2)
    shape = coal.Capsule(capsule["radius"], length) if length > 0 else coal.Sphere(capsule["radius"])
    return shape, coal.Transform3s(placed.rotation, placed.translation)


def scene_object(shape):
    if shape["type"] == "half_space":
        # Coal's half-space is the solid side n · x <= d.
        return coal.Halfspace(np.array(shape["normal"]), shape["offset"]), coal.Transform3s.Identity()
    center = np.array(shape["center"])
    if shape["type"] == "sphere":
        return coal.Sphere(shape["radius"]), coal.Transform3s(np.eye(3), center)
    turn = pinocchio.rpy.rpyToMatrix(*shape["rpy"])
    return coal.Box(*shape["size"]), coal.Transform3s(turn, center)


def distance(one, other):
    request = coal.DistanceRequest()
    request.gjk_tolerance = 1e-10
    request.epa_tolerance = 1e-10
    request.gjk_max_iterations = 1000
    result = coal.DistanceResult()
    return coal.distance(*one, *other, request, result)


def make(name):
    config = HERE.parents[2] / "config" / f"{name}.yaml"
    script = str(HERE / "export_model.mjs")
    text = subprocess.run(["node", script, str(config)], capture_output=True, check=True, text=True)
    export = json.loads(text.stdout)
    robot = Robot(export)
    uniform = Uniform(101)
    tools, links, jacobians, own, scene = [], [], [], [], []
    for number in range(POSES):
        positions = [
            low + (high - low) * uniform() for low, high in zip(export["lower"], export["upper"])
        ]
        robot.place(positions)
        tools += [packed(robot.poses[tool]) for tool in export["tools"]]
        if number < LINK_POSES:
            links += [packed(robot.poses[link]) for link in export["links"]]
        if number < JACOBIANS:
            jacobians.append(robot.jacobian(export["tools"][0]).ravel())
        capsules = [capsule_object(c, robot.poses[c["link"]]) for c in export["capsules"]]
        for i in range(SELF_SHARE):
            first, second = export["pairs"][(number * SELF_SHARE + i) % len(export["pairs"])]
            own.append(distance(capsules[first], capsules[second]))
        for i in range(SCENE_SHARE):
            shape, capsule = export["scene"][(number * SCENE_SHARE + i) % len(export["scene"])]
            scene.append(distance(capsules[capsule], scene_object(export["shapes"][shape])))

    parts = {
        "tools": np.array(tools, "<f8"),
        "links": np.array(links, "<f8"),
        "jacobians": np.array(jacobians, "<f8"),
        "pairs": np.array(own, "<f4"),
        "scene": np.array(scene, "<f4"),
    }
    offset = 0
    layout = {}
    for key, values in parts.items():
        layout[key] = {"offset": offset, "count": int(values.size), "type": values.dtype.str}
        offset += values.nbytes
    (HERE / f"{name}.bin").write_bytes(b"".join(part.tobytes() for part in parts.values()))
    del export["urdf"]
    about = {
        "made_by": f"make_reference.py with pinocchio {pinocchio.__version__}, coal {coal.__version__}",
        "seed": 101,
        "poses": POSES,
        "link_poses": LINK_POSES,
        "jacobians": JACOBIANS,
        "self_share": SELF_SHARE,
        "scene_share": SCENE_SHARE,
        "layout": layout,
    }
    text = json.dumps({**about, **export}, separators=(",", ":"))
    (HERE / f"{name}.json").write_text(text + "\n")
    print(name, offset, "bytes")


if __name__ == "__main__":
    for robot_name in sys.argv[1:] or ROBOTS:
        make(robot_name)
