"""Turns a LeRobot checkpoint into a policy package: `from_lerobot.py CHECKPOINT --out FOLDER`."""

import argparse
import importlib
import os
import sys
from pathlib import Path

from refusal import Refusal

# Trained weights and configurations are on this machine or named in the checkpoint; a progress bar
# for each of their shards is not of interest.
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")

EXAMPLE = """example:
  python models/export/from_lerobot.py outputs/train/act/checkpoints/last/pretrained_model \\
      --out models/my_act --rate 30 --unit deg
  npx sinew check models/my_act
"""


def pairs(values: list[str], option: str) -> dict[str, str]:
    """KEY=VALUE options as a table."""
    table = {}
    for value in values:
        key, equals, rest = value.partition("=")
        if not (key and equals and rest):
            raise Refusal(f'{option} "{value}"', expected="NAME=VALUE")
        table[key] = rest
    return table


def offsets(values: list[str]) -> dict[str, float]:
    """--offset options in rad."""
    table = pairs(values, "--offset")
    try:
        return {key: float(value) for key, value in table.items()}
    except ValueError as error:
        raise Refusal(f"--offset: {error}", expected="NAME=RADIANS") from error


def known_urdf(robot: str) -> Path | None:
    """The description of a robot that comes with sinew."""
    file = Path(__file__).parents[2] / "urdf" / f"{robot}.urdf"
    return file if file.exists() else None


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="folder with config.json and model.safetensors")
    parser.add_argument("--out", type=Path, required=True, help="folder of the package, made anew")
    parser.add_argument("--name", help="name of the package; the folder's if absent")
    parser.add_argument("--description", default="", help="what the policy does")
    parser.add_argument("--robot", default="so101", help="robot of the set-up (default so101)")
    parser.add_argument(
        "--joints", help="joint names in the order of the vectors, comma-separated"
    )
    parser.add_argument("--dataset", type=Path, help="LeRobot data set, for joint names and rate")
    parser.add_argument("--rate", type=float, help="frames a second of the recording")
    parser.add_argument(
        "--unit",
        choices=("rad", "deg", "range"),
        required=True,
        help="what LeRobot recorded: radians, degrees, or -100..100 of the travel",
    )
    parser.add_argument("--urdf", type=Path, help="the arm's limits; urdf/ROBOT.urdf if it is there")
    parser.add_argument("--calibration", type=Path, help="LeRobot's calibration file of the arm")
    parser.add_argument(
        "--offset", action="append", default=[], metavar="JOINT=RAD", help="added to a joint's angle"
    )
    parser.add_argument(
        "--camera", action="append", default=[], metavar="KEY=NAME", help="camera of a picture"
    )
    parser.add_argument("--task", default="", help="the instruction (SmolVLA, pi0), fixed in the package")
    parser.add_argument(
        "--folded", action="store_true", help="all steps of the sampler in one graph"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the parity observation and noise")
    return parser


def export(arguments: argparse.Namespace) -> None:
    """Everything, in order; raises Refusal."""
    import checkpoint as loading
    import joints as units
    from observation import check_inputs, read_cameras

    found = loading.read_config(arguments.checkpoint)
    if arguments.out.exists() and any(arguments.out.iterdir()):
        if not (arguments.out / "policy.json").exists():
            raise Refusal(f"{arguments.out} is there and no package", cure="choose another --out")
    rate = arguments.rate
    if rate is None and arguments.dataset is not None:
        rate = float(units.dataset_info(arguments.dataset)["fps"])
    if rate is None:
        raise Refusal("the checkpoint does not say its rate", cure="give --rate or --dataset")
    if rate <= 0:
        raise Refusal(f"--rate {rate}", expected="more than 0")
    if found["type"] in ("smolvla", "pi0") and not arguments.task:
        raise Refusal(f"{found['type']} needs an instruction", cure='give --task "pick up the cube"')

    opened = loading.open_checkpoint(arguments.checkpoint)
    from package import Naming, write_package
    from processors import read_processing

    check_inputs(opened.config)
    processing = read_processing(opened)
    cameras = read_cameras(opened.config, processing, pairs(arguments.camera, "--camera"))
    size = opened.config.action_feature.shape[0]
    names = units.joint_names(arguments.robot, arguments.joints, arguments.dataset, size)
    joints = units.make_joints(
        names,
        arguments.unit,
        arguments.urdf or known_urdf(arguments.robot),
        arguments.calibration,
        offsets(arguments.offset),
    )
    naming = Naming(
        name=arguments.name or arguments.out.resolve().name,
        description=arguments.description or f"{opened.kind} policy trained with LeRobot",
        robot=arguments.robot,
        rate=rate,
        joints=joints,
        task=arguments.task,
        folded=arguments.folded,
    )
    policy_module = importlib.import_module(f"{opened.kind}_policy")
    write_package(
        arguments.out, opened, policy_module, cameras, processing, naming, arguments.seed
    )


def main() -> int:
    """Exit status 1 and one line where the checkpoint cannot be exported."""
    arguments = options().parse_args()
    try:
        export(arguments)
    except Refusal as refusal:
        print(f"cannot export: {refusal}", file=sys.stderr)
        return 1
    print(f"{arguments.out}: written; prove it with: npx sinew check {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
