"""Writes test/export/fixtures: small packages as the exporter makes them from LeRobot's policies.

Needs models/export/requirements.txt. The backbone of ACT and Diffusion is a thin one; all else is
LeRobot's own. Run it again when the exporter changes what it writes; pi0 needs LeRobot 0.6:

    python test/export/make_fixtures.py [NAME ...]
"""

import shutil
import sys
import tempfile
from pathlib import Path

import thin_resnet
from cases import CASES, act, diffusion, pi0, smolvla
from make_checkpoint import possible
from prepare import one

FIXTURES = Path(__file__).parent / "fixtures"
THIN = {"vision_backbone": thin_resnet.NAME}
TWO = ("front", "wrist")
TINY_ACT = {"dim_model": 16, "n_heads": 2, "dim_feedforward": 16, "n_encoder_layers": 1}
TINY_DIFFUSION = {"down_dims": (8, 16), "n_groups": 2, "diffusion_step_embed_dim": 8}
DDPM = {"noise_scheduler_type": "DDPM", "num_train_timesteps": 8, "num_inference_steps": None}
SMALL = {"picture": (24, 32)}

PACKAGES = {
    "act": act(TWO, **SMALL, **THIN, **TINY_ACT),
    "diffusion": diffusion(TWO, **SMALL, **THIN, **TINY_DIFFUSION, crop_shape=(19, 27)),
    "diffusion_ddpm": diffusion(
        **SMALL, **THIN, **TINY_DIFFUSION, **DDPM, spatial_softmax_num_keypoints=4
    ),
    "diffusion_folded": diffusion(
        **SMALL,
        **THIN,
        **TINY_DIFFUSION,
        num_inference_steps=2,
        export=["--unit", "deg", "--folded"],
    ),
    "smolvla": smolvla(TWO, **SMALL, num_vlm_layers=2),
    "pi0": pi0(TWO, **SMALL),
}


def main() -> None:
    """Makes those that are named anew, or all that the installed LeRobot can make."""
    thin_resnet.install()
    CASES.update({f"fixture_{name}": case for name, case in PACKAGES.items()})
    for name in sys.argv[1:] or [name for name, case in PACKAGES.items() if possible(case)]:
        out = FIXTURES / f"lerobot_{name}"
        shutil.rmtree(out, ignore_errors=True)
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder) / "work"
            answer = one({"case": f"fixture_{name}", "folder": str(work), "out": str(out)})
        if not answer["ok"]:
            raise SystemExit(f"{name}: {answer['line']}")


if __name__ == "__main__":
    main()
