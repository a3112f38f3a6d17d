"""Unit tests of the exporter's parts that need no LeRobot: units, statistics, names, refusals.

    python -m unittest discover -s test/export -p 'test_*.py'
"""

import json
import math
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "models" / "export"))

from checkpoint import read_config  # noqa: E402
from joints import Joints, dataset_names, joint_names, make_joints  # noqa: E402
from normalization import package_rows  # noqa: E402
from observation import camera_name, centre_crop, check_inputs, read_cameras  # noqa: E402
from processors import Processing, refuse_unknown_steps  # noqa: E402
from refusal import Refusal  # noqa: E402

NAMES = ("shoulder", "gripper")


def feature(kind: str, *shape: int) -> SimpleNamespace:
    """A PolicyFeature as the exporter reads it."""
    return SimpleNamespace(type=SimpleNamespace(value=kind), shape=shape)


def config(**inputs) -> SimpleNamespace:
    """A configuration with these inputs and an action of two joints."""
    pictures = {k: v for k, v in inputs.items() if v.type.value == "VISUAL"}
    state = inputs.get("observation.state")
    action = feature("ACTION", 2)
    return SimpleNamespace(
        input_features=inputs,
        output_features={"action": action},
        image_features=pictures,
        robot_state_feature=state,
        action_feature=action,
    )


def camera_config(**pictures) -> SimpleNamespace:
    """A configuration with a state of two joints and these pictures."""
    state = {"observation.state": feature("STATE", 2)}
    return config(**state, **{f"observation.images.{k}": v for k, v in pictures.items()})


URDF = """<robot name="arm">
  <joint name="shoulder"><limit lower="-2.0" upper="2.2"/></joint>
  <joint name="gripper"><limit lower="-0.2" upper="1.8"/></joint>
</robot>"""


class Units(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.urdf = Path(holder.name) / "arm.urdf"
        self.urdf.write_text(URDF)
        self.calibration = Path(holder.name) / "arm.json"
        entry = {"range_min": 1000, "range_max": 3000}
        self.calibration.write_text(json.dumps({name: entry for name in NAMES}))

    def test_degrees_count_from_the_middle_of_the_urdf_and_a_gripper_from_its_lower_limit(self):
        joints = make_joints(NAMES, "deg", self.urdf, None, {"shoulder": 0.25})
        np.testing.assert_allclose(joints.to_rad([90.0, 0.0]), [math.pi / 2 + 0.1 + 0.25, -0.2])
        np.testing.assert_allclose(joints.to_rad([0.0, 100.0]), [0.35, 1.8])
        np.testing.assert_allclose(joints.from_rad(joints.to_rad([12.0, 7.0])), [12.0, 7.0])

    def test_a_range_goes_over_the_limits_of_the_urdf_or_the_calibrated_travel_about_their_middle(self):
        joints = make_joints(NAMES, "range", self.urdf, None, {})
        np.testing.assert_allclose(joints.to_rad([-100.0, 0.0]), [-2.0, -0.2])
        np.testing.assert_allclose(joints.to_rad([100.0, 100.0]), [2.2, 1.8])
        half = 2000 / 4096 * math.pi
        joints = make_joints(NAMES, "range", self.urdf, self.calibration, {})
        np.testing.assert_allclose(joints.to_rad([-100.0, 0.0]), [0.1 - half, 0.8 - half])
        np.testing.assert_allclose(joints.to_rad([100.0, 100.0]), [0.1 + half, 0.8 + half])

    def test_radians_need_neither_urdf_nor_calibration(self):
        joints = make_joints(NAMES, "rad", None, None, {})
        np.testing.assert_allclose(joints.to_rad([0.3, 1.0]), [0.3, 1.0])

    def test_a_joint_that_urdf_or_calibration_lacks_is_named(self):
        with self.assertRaisesRegex(Refusal, "--urdf"):
            make_joints(NAMES, "range", None, None, {})
        with self.assertRaisesRegex(Refusal, 'no limits of joint "elbow"'):
            make_joints(("elbow",), "deg", self.urdf, None, {})
        self.calibration.write_text(json.dumps({"shoulder": {"range_min": 9, "range_max": 9}}))
        with self.assertRaisesRegex(Refusal, 'no range of joint "gripper"'):
            make_joints(("gripper",), "range", self.urdf, self.calibration, {})
        with self.assertRaisesRegex(Refusal, "has 0 counts"):
            make_joints(("shoulder",), "range", self.urdf, self.calibration, {})

    def test_an_offset_of_no_joint_is_refused(self):
        with self.assertRaisesRegex(Refusal, "expected one of shoulder, gripper"):
            make_joints(NAMES, "rad", None, None, {"elbow": 1.0})

    def test_names_come_from_the_option_then_the_data_set_then_the_robot(self):
        with tempfile.TemporaryDirectory() as folder:
            meta = Path(folder) / "meta"
            meta.mkdir()
            features = {"action": {"names": ["shoulder.pos", "gripper.pos"]}}
            (meta / "info.json").write_text(json.dumps({"fps": 30, "features": features}))
            self.assertEqual(dataset_names(Path(folder)), NAMES)
            self.assertEqual(joint_names("so101", "a, b", Path(folder), 2), ("a", "b"))
            self.assertEqual(joint_names("so101", None, Path(folder), 2), NAMES)
        self.assertEqual(joint_names("so101", None, None, 6)[0], "shoulder_pan")
        with self.assertRaisesRegex(Refusal, '"ur5e" are not known'):
            joint_names("ur5e", None, None, 6)
        with self.assertRaisesRegex(Refusal, "vector of 7 numbers"):
            joint_names("so101", None, None, 7)


class Statistics(unittest.TestCase):
    """The package's formulas over radians give what LeRobot's give over its own unit."""

    joints = Joints(NAMES, np.array([math.pi / 180, 0.02]), np.array([0.0, -0.17]))
    stats = {
        "mean": [10.0, 40.0],
        "std": [5.0, 3.0],
        "min": [-90.0, 0.0],
        "max": [80.0, 100.0],
        "q01": [-80.0, 1.0],
        "q99": [70.0, 99.0],
        "q10": [-50.0, 10.0],
        "q90": [40.0, 90.0],
    }
    x = np.array([33.0, 55.0])

    def lerobot(self, mode: str) -> np.ndarray:
        s = {key: np.array(value) for key, value in self.stats.items()}
        if mode == "IDENTITY":
            return self.x
        if mode == "MEAN_STD":
            return (self.x - s["mean"]) / (s["std"] + 1e-8)
        low, high = {"MIN_MAX": ("min", "max"), "QUANTILES": ("q01", "q99")}.get(
            mode, ("q10", "q90")
        )
        return 2 * (self.x - s[low]) / (s[high] - s[low]) - 1

    @staticmethod
    def normalize(kind: str, rows: dict, rad: np.ndarray) -> np.ndarray:
        if kind == "mean_std":
            return (rad - np.array(rows["mean"])) / (np.array(rows["std"]) + 1e-8)
        names = ("min", "max") if kind == "min_max" else ("q01", "q99")
        low, high = (np.array(rows[name]) for name in names)
        return 2 * (rad - low) / (high - low) - 1

    def test_every_mode(self):
        for mode in ("MEAN_STD", "MIN_MAX", "QUANTILES", "QUANTILE10", "IDENTITY"):
            with self.subTest(mode):
                kind, rows = package_rows("s", mode, self.stats, self.joints, 1e-8, inverse=False)
                found = self.normalize(kind, rows, self.joints.to_rad(self.x))
                np.testing.assert_allclose(found, self.lerobot(mode), rtol=1e-9, atol=1e-9)

    def test_actions_come_back_without_an_epsilon(self):
        _, rows = package_rows("action", "MEAN_STD", self.stats, self.joints, 1e-8, inverse=True)
        back = 0.7 * np.array(rows["std"]) + np.array(rows["mean"])
        expected = self.joints.to_rad(0.7 * np.array([5.0, 3.0]) + np.array([10.0, 40.0]))
        np.testing.assert_allclose(back, expected, rtol=1e-12)

    def test_identity_in_radians_needs_no_statistics(self):
        joints = make_joints(NAMES, "rad", None, None, {})
        self.assertEqual(
            package_rows("s", "IDENTITY", None, joints, 1e-8, False), ("identity", {})
        )

    def test_statistics_of_a_picture_are_three_numbers_whatever_their_shape(self):
        stats = {"mean": [[[0.1]], [[0.2]], [[0.3]]], "std": [[[1.0]]] * 3}
        kind, rows = package_rows("c", "MEAN_STD", stats, None, 1e-8, False)
        self.assertEqual((kind, rows["mean"]), ("mean_std", [0.1, 0.2, 0.3]))

    def test_missing_or_wrong_statistics_are_refused(self):
        for stats, why in (
            (None, "no min and max"),
            ({"min": [0, 0]}, "no max"),
            ({"min": [0], "max": [1]}, "expected 2"),
            ({"min": [0, math.nan], "max": [1, 1]}, "not finite"),
        ):
            with self.subTest(why), self.assertRaisesRegex(Refusal, why):
                package_rows("s", "MIN_MAX", stats, self.joints, 1e-8, False)


class Observations(unittest.TestCase):
    def test_cameras_are_named_by_the_last_part_or_as_given(self):
        self.assertEqual(camera_name("observation.images.wrist", {}), "wrist")
        self.assertEqual(camera_name("observation.image", {}), "image")
        self.assertEqual(camera_name("observation.image", {"observation.image": "top"}), "top")

    def test_pictures_go_by_the_names_of_the_recording(self):
        key = "observation.images.camera1"
        found = camera_config(camera1=feature("VISUAL", 3, 48, 64))
        (camera,) = read_cameras(found, Processing({key: "observation.images.front"}, {}), {})
        self.assertEqual((camera.key, camera.package_key), (key, "observation.images.front"))
        self.assertEqual((camera.height, camera.width), (48, 64))

    def test_empty_cameras_are_not_asked_for_and_depth_is_refused(self):
        found = camera_config(empty_camera_0=feature("VISUAL", 3, 8, 8))
        self.assertEqual(read_cameras(found, Processing({}, {}), {}), [])
        depth = camera_config(depth=feature("VISUAL", 1, 8, 8))
        with self.assertRaisesRegex(Refusal, "colour picture"):
            read_cameras(depth, Processing({}, {}), {})

    def test_the_crop_lies_where_torchvision_puts_it(self):
        found = camera_config(front=feature("VISUAL", 3, 9, 11))
        key = "observation.images.front"
        (camera,) = read_cameras(found, Processing({key: key}, {}), {})
        # 1.5 and 0.5 are rounded to the even number.
        self.assertEqual(
            centre_crop(camera, (6, 10)), {"top": 2, "left": 0, "height": 6, "width": 10}
        )
        self.assertIsNone(centre_crop(camera, (9, 11)))

    def test_what_no_topic_gives_is_refused(self):
        picture = {"observation.images.front": feature("VISUAL", 3, 8, 8)}
        state = {"observation.state": feature("STATE", 2)}
        for inputs, why in (
            (state | {"observation.environment_state": feature("ENV", 4)}, "environment"),
            (picture, "does not see observation.state"),
            ({"observation.state": feature("STATE", 3)}, "one position and one target"),
            (state | {"observation.effort": feature("STATE", 2)}, "joint positions"),
        ):
            with self.subTest(why), self.assertRaisesRegex(Refusal, why):
                check_inputs(config(**inputs))
        check_inputs(config(**state, **picture))


class Checkpoints(unittest.TestCase):
    def folder(self, content: str | None, *files: str) -> Path:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        folder = Path(holder.name)
        if content is not None:
            (folder / "config.json").write_text(content)
        for file in files:
            (folder / file).touch()
        return folder

    def test_what_is_missing_is_named(self):
        for folder, why in (
            (Path("/nowhere"), "is no folder"),
            (self.folder(None), "cannot be read"),
            (self.folder("{"), "cannot be read"),
            (self.folder('{"type": "tdmpc"}'), 'policy type "tdmpc" is not exported'),
            (self.folder('{"type": "pi05"}'), "14 GB in float32"),
            (self.folder('{"type": "act"}'), "no model.safetensors"),
            (self.folder('{"type": "act", "use_peft": true}'), "adapter"),
            (self.folder('{"type": "act"}', "model.safetensors"), "migrate_policy_normalization"),
        ):
            with self.subTest(why):
                with self.assertRaisesRegex(Refusal, why) as caught:
                    read_config(folder)
                self.assertNotIn("\n", str(caught.exception))

    def test_the_folder_below_is_pointed_out(self):
        folder = self.folder(None)
        (folder / "pretrained_model").mkdir()
        (folder / "pretrained_model" / "config.json").write_text("{}")
        with self.assertRaisesRegex(Refusal, "give .*pretrained_model"):
            read_config(folder)

    def test_a_processor_step_that_would_be_lost_is_refused(self):
        class DeltaActions:
            enabled = True

        steps = SimpleNamespace(steps=[DeltaActions()])
        with self.assertRaisesRegex(Refusal, "preprocessor has a step DeltaActions"):
            refuse_unknown_steps(steps, {"DeviceProcessorStep"}, "pre")
        steps.steps[0].enabled = False
        refuse_unknown_steps(steps, set(), "pre")


if __name__ == "__main__":
    unittest.main()
