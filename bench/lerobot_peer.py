"""LeRobot's side of the chunk benchmark: its own policy in PyTorch, eager, on the CPU.

Makes a checkpoint with random weights (a case of test/export/cases.py), exports it to packages (as it
is, and folded where its sampler can be), and writes the U-Net of a Diffusion Policy as LeRobot has it
beside them. Says so in one JSON line; then, for each number N on standard input, computes N chunks of
the fixture's observation and answers with their times in seconds. A chunk is what LeRobot does for a
new observation: preprocessor, `predict_action_chunk`, postprocessor.
"""

import argparse
import json
import os
import sys
import time
from importlib.metadata import version
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "models" / "export"), str(ROOT / "test" / "export")]

import torch  # noqa: E402

import checkpoint as loading  # noqa: E402
import from_lerobot  # noqa: E402
import joints as units  # noqa: E402
import parity  # noqa: E402
from cases import CASES  # noqa: E402
from make_checkpoint import make  # noqa: E402
from observation import STATE, read_cameras  # noqa: E402
from onnx_file import trace  # noqa: E402
from processors import read_processing  # noqa: E402
from program import Graph  # noqa: E402
from refusal import Refusal  # noqa: E402

import numpy as np  # noqa: E402


def export(case: dict, folder: Path, out: Path, *more: str) -> None:
    """The package of the checkpoint in `folder`."""
    words = [str(folder), "--out", str(out), "--rate", "30", *case["export"], *more]
    from_lerobot.export(from_lerobot.options().parse_args(words))


class Peer:
    """LeRobot's policy with the observation and noise of the package's fixture."""

    def __init__(self, case: dict, folder: Path, package: Path):
        self.opened = loading.open_checkpoint(folder)
        config = self.opened.config
        processing = read_processing(self.opened)
        cameras = read_cameras(config, processing, {})
        names = units.joint_names("so101", None, None, config.action_feature.shape[0])
        self.joints = units.make_joints(
            names, case["unit"], from_lerobot.known_urdf("so101"), None, {}
        )
        fixture = json.loads((package / parity.FILE).read_text())

        def array(ref: dict) -> np.ndarray:
            count = int(np.prod(ref["shape"]))
            file = package / ref["file"]
            numbers = np.fromfile(file, ref["dtype"], count, offset=ref["offset"])
            return numbers.reshape(ref["shape"])

        pictures = {c.name: array(fixture["inputs"][c.package_key]) for c in cameras}
        observation = parity.Observation(array(fixture["inputs"][STATE]), pictures)
        words = case["export"]
        task = words[words.index("--task") + 1] if "--task" in words else ""
        given = (self.opened, observation, cameras, processing, self.joints, task)
        batches = parity.lerobot_batches(*given)
        self.noise = torch.from_numpy(array(fixture["noise"])[0]) if "noise" in fixture else None
        module = __import__(f"{self.opened.kind}_policy")
        # Fills LeRobot's queues with the history, as a robot's loop does.
        chunk = parity.lerobot_chunk(self.opened, module.reference, batches, self.noise)
        self.actions = self.joints.to_rad(chunk)
        newest = parity.Observation(
            observation.state[-1:], {name: rows[-1:] for name, rows in pictures.items()}
        )
        self.newest = (self.opened, newest, *given[2:])

    @torch.no_grad()
    def chunk(self) -> np.ndarray:
        """One chunk; the observation before, of those that look back, is the newest as well."""
        policy = self.opened.policy
        (batch,) = parity.lerobot_batches(*self.newest)
        if self.opened.kind == "diffusion":
            from lerobot.policies.utils import populate_queues

            pictures = [batch[key] for key in self.opened.config.image_features]
            batch["observation.images"] = torch.stack(pictures, dim=-4)
            policy._queues = populate_queues(policy._queues, batch)
        more = {} if self.opened.kind == "act" else {"noise": self.noise}
        return self.opened.postprocessor(policy.predict_action_chunk(batch, **more))[0].numpy()


class PlainUnet(torch.nn.Module):
    """LeRobot's U-Net with the whole condition as an input."""

    def __init__(self, unet: torch.nn.Module):
        super().__init__()
        self.unet = unet

    def forward(self, sample, time, condition):
        return self.unet(sample, time, global_cond=condition)


def write_plain(opened, file: Path) -> bool:
    """The denoiser as LeRobot's module is, for policies where the export changes it."""
    if opened.kind != "diffusion":
        return False
    config, unet = opened.config, opened.policy.diffusion.unet
    width = unet.down_modules[0][0].cond_encoder[1].in_features - config.diffusion_step_embed_dim
    example = {
        "sample": torch.rand(1, config.horizon, config.action_feature.shape[0]),
        "time": torch.ones(1),
        "condition": torch.rand(1, width),
    }
    trace(file, Graph(PlainUnet(unet).eval(), example, ["predicted"], False))
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=sorted(CASES), required=True)
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoint and packages")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what LeRobot prints is no answer
    torch.set_num_threads(args.threads)
    case, folder = CASES[args.case], args.work / "checkpoint"
    folder.mkdir(parents=True, exist_ok=True)
    make(case, folder)
    torch.set_num_threads(args.threads)
    export(case, folder, args.work / "package")
    try:
        export(case, folder, args.work / "folded", "--folded")
        folded = True
    except Refusal:
        folded = False
    peer = Peer(case, folder, args.work / "package")
    ready = {
        "lerobot": version("lerobot"),
        "torch": torch.__version__,
        "parameters": sum(one.numel() for one in peer.opened.policy.parameters()),
        "folded": folded,
        "plain": write_plain(peer.opened, args.work / "plain.onnx"),
        "actions": peer.actions.reshape(-1).tolist(),
    }
    print(json.dumps(ready), file=answers, flush=True)
    for line in sys.stdin:
        seconds = []
        for _ in range(int(line)):
            start = time.perf_counter()
            peer.chunk()
            seconds.append(time.perf_counter() - start)
        print(json.dumps(seconds), file=answers, flush=True)


if __name__ == "__main__":
    main()
