"""Train the policies of models/. One command for everything:

    python models/training/train.py all --data data/pick --run data/run

collects demonstrations with the TypeScript expert, trains, rolls the policies out and lets the expert
label what they visited (DAgger), trains again, and exports the packages. Each step is also a
sub-command: encoder, flow, diffusion, prefix, streaming, evaluate, export. Training can be interrupted:
the same command goes on where it stopped; `--fresh` starts a new schedule from the weights so far.
"""

import argparse
import json
import os
import sys
from pathlib import Path

# Threads that spin while they wait stall each other when other processes share the cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))

from common import load, save  # noqa: E402
from dataset import Demonstrations  # noqa: E402
from encoder import Encoder  # noqa: E402
from evaluate import evaluate  # noqa: E402
from export import export_package  # noqa: E402
from stage_encoder import all_features, train_encoder  # noqa: E402
from stage_head import PROCESSES, make_head, train_head  # noqa: E402
from targets import scene_targets  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
URDF = ROOT / "urdf" / "so101.urdf"


class Session:
    """A run folder: fixed statistics, checkpoints, cached features."""

    def __init__(self, run: Path, folders: list[Path]):
        self.run = run
        run.mkdir(parents=True, exist_ok=True)
        self.folders = folders
        self.data = Demonstrations(folders)
        stats_file = run / "stats.json"
        if not stats_file.exists():
            stats_file.write_text(json.dumps(self.data.statistics(), indent=2))
        # Fixed by the first data: later rounds go on from weights that know these scales.
        self.stats = json.loads(stats_file.read_text())
        self.scene = scene_targets(self.data, URDF)
        print(
            f"{self.data.episodes} episodes, {len(self.data.train)} training and "
            f"{len(self.data.validation)} held-out frames",
            flush=True,
        )

    def encoder(self) -> Encoder:
        """The trained encoder."""
        known = load(self.run / "encoder.pt")
        if known is None:
            raise SystemExit(f"{self.run}: no encoder.pt; run the sub-command encoder first")
        encoder = Encoder(height=self.data.height, width=self.data.width)
        prefix = "encoder."
        weights = {k[len(prefix) :]: v for k, v in known["weights"].items() if k.startswith(prefix)}
        encoder.load_state_dict(weights)
        return encoder.eval()

    def features(self) -> torch.Tensor:
        """Features of all frames, from the cache where it fits encoder and data."""
        encoder_file = self.run / "encoder.pt"
        key = f"{encoder_file.stat().st_mtime_ns}:{self.data.frames}:{self.folders}"
        cached = load(self.run / "features.pt")
        if cached is not None and cached["key"] == key:
            return cached["features"]
        features = all_features(self.encoder(), self.data, self.stats)
        save(self.run / "features.pt", {"key": key, "features": features})
        return features

    def head(self, name: str):
        """A trained head."""
        known = load(self.run / f"{name}.pt")
        if known is None:
            raise SystemExit(f"{self.run}: no {name}.pt; run the sub-command {name} first")
        head = make_head(self.data, self.stats, self.encoder().features, PROCESSES[name]())
        head.load_state_dict(known["weights"])
        return head.eval()

    def train_encoder(self, minutes: float, fresh: bool) -> None:
        """Stage 1."""
        train_encoder(self.run, self.data, self.stats, self.scene, minutes, fresh)

    def train_head(self, name: str, minutes: float, fresh: bool) -> None:
        """Stage 2, then its offline measures."""
        features = self.features()
        process = PROCESSES[name]()
        train_head(self.run, self.data, self.stats, features, process, minutes, fresh)
        self.measure(name)

    def measure(self, name: str) -> dict:
        """Offline measures, printed and kept in the run folder."""
        result = evaluate(
            self.data, self.stats, self.features(), self.scene,
            self.head(name), PROCESSES[name](), URDF,
        )  # fmt: skip
        print(f"{name}: {json.dumps(result)}", flush=True)
        (self.run / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
        return result

    def export(self, name: str, folder: Path) -> None:
        """Write models/so101_pick_<name>."""
        text = "Picks a 25 mm cube and places it on the target, from two cameras and joint positions."
        difference = export_package(
            folder, self.data, self.stats, self.encoder(), self.head(name), PROCESSES[name](), text
        )
        print(f"{folder}: ONNX differs from PyTorch by at most {difference:.1e} rad", flush=True)


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    steps = ["all", "encoder", *PROCESSES, "evaluate", "export"]
    parser.add_argument("step", choices=steps)
    parser.add_argument("--data", type=Path, nargs="+", default=[ROOT / "data" / "pick"])
    parser.add_argument("--run", type=Path, default=ROOT / "data" / "run")
    parser.add_argument("--out", type=Path, default=ROOT / "models", help="folder of the packages")
    parser.add_argument(
        "--minutes", type=float, default=8.0, help="time of the cores for a training step"
    )
    parser.add_argument("--fresh", action="store_true", help="new schedule, weights kept")
    parser.add_argument("--rounds", type=int, default=2, help="corrective rounds of `all`")
    parser.add_argument("--episodes", type=int, default=360, help="demonstrations of `all`")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=sorted(PROCESSES), help="evaluate or export one policy, not all that are trained")
    return parser.parse_args(arguments)


def main() -> None:
    options = parse(sys.argv[1:])
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    if options.step == "all":
        from rounds import train_all

        train_all(options)
        return
    session = Session(options.run, options.data)
    trained = [name for name in PROCESSES if (options.run / f"{name}.pt").exists()]
    names = [options.only] if options.only else trained
    if options.step == "encoder":
        session.train_encoder(options.minutes, options.fresh)
    elif options.step in PROCESSES:
        session.train_head(options.step, options.minutes, options.fresh)
    elif options.step == "evaluate":
        for name in names:
            session.measure(name)
    else:
        for name in names:
            session.export(name, options.out / f"so101_pick_{name}")


if __name__ == "__main__":
    main()
