"""Stage 1: train the picture encoder on where the cube is and on plain behaviour cloning."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from common import Average, Budget, cosine_rate, load, save
from dataset import Demonstrations, min_max
from encoder import AuxiliaryHeads, Encoder
from targets import POSITION_SCALE, SceneTargets

BATCH = 128
PEAK_RATE = 2e-3
STATE_NOISE = 0.01


class Pictures:
    """Normalised network input from recorded pictures, as policy.json tells the runtime."""

    def __init__(self, data: Demonstrations, stats: dict):
        self.data = data
        keys = [f"observation.images.{camera}" for camera in data.cameras]
        self.mean = [torch.tensor(stats[key]["mean"]) for key in keys]
        self.std = [torch.tensor(stats[key]["std"]) for key in keys]

    def load(self, frames: np.ndarray, jitter: bool = False) -> dict[str, torch.Tensor]:
        """Per camera [n,3,H,W]; with `jitter`, brightness and tint vary a little."""
        out = {}
        count = len(frames)
        for index, camera in enumerate(self.data.cameras):
            image = torch.from_numpy(self.data.images(index, frames)).permute(0, 3, 1, 2)
            image = image.to(torch.float32, memory_format=torch.contiguous_format)
            scale = torch.ones(count, 3)
            offset = torch.zeros(count, 3)
            if jitter:
                scale = scale + 0.06 * torch.randn(count, 1) + 0.02 * torch.randn(count, 3)
                offset = offset + 0.01 * torch.randn(count, 1)
            width = self.std[index] + 1e-8
            image.mul_((scale / 255 / width)[:, :, None, None])
            out[camera] = image.add_(((offset - self.mean[index]) / width)[:, :, None, None])
        return out


def delta_targets(data: Demonstrations, stats: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(action − state) in normalised action units [N,P,J], its mean and its scale [P,J].

    The scale has a floor of about 0.02 rad: below that, precision is not worth the weight.
    """
    low, high = np.float32(stats["action"]["min"]), np.float32(stats["action"]["max"])
    action = np.clip(min_max(data.action, stats["action"]), -1, 1)
    newest = min_max(data.state, stats["action"])
    delta = action - newest[:, None, :]
    mean = delta[data.train].mean(0)
    floor = 2 * 0.02 / (high - low)
    scale = np.sqrt(delta[data.train].var(0) + floor**2)
    return delta, mean.astype(np.float32), scale.astype(np.float32)


def scene_loss(output: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Weighted smooth L1 on pose numbers, cross-entropy on "lifted"."""
    pose = functional.smooth_l1_loss(output[:, :10], target[:, :10], beta=0.1, reduction="none")
    lifted = functional.binary_cross_entropy_with_logits(output[:, 10], target[:, 10])
    return (pose * weight).sum(1).mean() + 0.1 * lifted


@torch.no_grad()
def validate(encoder, heads, pictures, scene: SceneTargets, state, frames) -> dict:
    """Cube errors (mm) on held-out frames: in the base frame, and near the tool in its frame."""
    base, tool = [], []
    encoder.eval()
    for part in np.array_split(frames, len(frames) // 256 + 1) if len(frames) else []:
        features = encoder(**pictures.load(part))
        pose, _ = heads(features, state[part])
        error = (pose[:, :10] - torch.from_numpy(scene.values[part, :10])) * POSITION_SCALE * 1000
        base.append(error[:, 0:2].norm(dim=1).numpy())
        tool.append(error[:, 5:8].norm(dim=1).numpy())
    if not base:
        return {}
    base, tool = np.concatenate(base), np.concatenate(tool)
    near = scene.distance[frames] < 0.06
    free = ~scene.lifted[frames]
    return {
        "base_mm": round(float(base[free].mean()), 2),
        "base_p90_mm": round(float(np.quantile(base[free], 0.9)), 2),
        "near_tool_mm": round(float(tool[near].mean()), 2) if near.any() else None,
    }


def train_encoder(
    run: Path, data: Demonstrations, stats: dict, scene: SceneTargets, minutes: float, fresh: bool
) -> Encoder:
    """Train, or go on from run/encoder.pt; the averaged, standardised encoder is returned."""
    path = run / "encoder.pt"
    encoder = Encoder(height=data.height, width=data.width)
    heads = AuxiliaryHeads(encoder.features, len(data.joints), data.horizon)
    modules = torch.nn.ModuleDict({"encoder": encoder, "heads": heads})
    known = load(path)
    pictures = Pictures(data, stats)
    budget = Budget(minutes)
    peak = PEAK_RATE
    if known is not None:
        modules.load_state_dict(known["weights"])
        encoder.shift.zero_()
        encoder.gain.fill_(1.0)
        if fresh:
            # New data on top of a trained encoder: a short second cosine from a lower peak.
            peak = PEAK_RATE / 2
        else:
            budget = Budget(minutes, known["used"])
    else:
        for camera, mean, std in zip(data.cameras, pictures.mean, pictures.std):
            getattr(encoder, camera).look_for_red(mean, std)
    average = Average(modules)
    optimizer = torch.optim.AdamW(modules.parameters(), lr=peak, weight_decay=1e-4)
    delta, delta_mean, delta_scale = delta_targets(data, stats)
    state = torch.from_numpy(min_max(data.state, stats["observation.state"]))
    noise = STATE_NOISE * 2 / torch.from_numpy(np.ptp(data.state[data.pictures], axis=0) + 0.1)
    random = np.random.default_rng(int(budget.used) + 1)
    few = lambda frames: frames[:: max(1, len(frames) // 600)]
    checks = {"episodes": few(data.validation), "views": few(data.unseen_views)}
    labelled = torch.from_numpy(data.labelled.astype(np.float32))[:, None, None]
    step, share, running, report_at = 0, budget.tick(), 0.0, 0.1
    while share < 1:
        for group in optimizer.param_groups:
            group["lr"] = cosine_rate(share, peak)
        frames = random.choice(data.pictures, BATCH)
        noisy = state[frames] + noise * torch.randn(BATCH, len(data.joints))
        features = encoder(**pictures.load(frames, jitter=True))
        pose, chunk = heads(features, noisy)
        wanted = torch.from_numpy((delta[frames] - delta_mean) / delta_scale)
        loss = scene_loss(
            pose, torch.from_numpy(scene.values[frames]), torch.from_numpy(scene.weights[frames])
        )
        cloning = functional.smooth_l1_loss(chunk, wanted, beta=0.2, reduction="none")
        loss = loss + 0.5 * (cloning * labelled[frames]).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(modules.parameters(), 1.0)
        optimizer.step()
        average.update(modules)
        running += 0.02 * (loss.item() - running) if step else loss.item()
        step += 1
        share = budget.tick()
        if share >= report_at or share >= 1:
            report_at += 0.1
            print(f"encoder {share:4.0%} step {step} loss {running:.4f}", flush=True)
            for name, check in checks.items():
                found = average.module["encoder"], average.module["heads"]
                print(f"  {name}: {validate(*found, pictures, scene, state, check)}", flush=True)
            save(path, {"weights": average.module.state_dict(), "used": budget.used})
            budget.pause()
    best = average.module["encoder"] if step else encoder
    standardise(best, pictures, data)
    if step:
        save(path, {"weights": average.module.state_dict(), "used": budget.used})
    return best.eval()


@torch.no_grad()
def standardise(encoder: Encoder, pictures: Pictures, data: Demonstrations) -> None:
    """Make each feature mean 0 and deviation 1 over the training frames."""
    encoder.shift.zero_()
    encoder.gain.fill_(1.0)
    chosen = data.train if len(data.train) else data.pictures
    sample = chosen[:: max(1, len(chosen) // 2048)]
    parts = np.array_split(sample, max(1, len(sample) // 256))
    features = torch.cat([encoder(**pictures.load(part)) for part in parts])
    encoder.shift.copy_(features.mean(0))
    encoder.gain.copy_(1 / (features.std(0) + 1e-6))


@torch.no_grad()
def all_features(encoder: Encoder, data: Demonstrations, stats: dict) -> torch.Tensor:
    """Features [N,F] of every frame, in the order of the data."""
    pictures = Pictures(data, stats)
    out = torch.empty(data.frames, encoder.features)
    for part in np.array_split(np.arange(data.frames), max(1, data.frames // 256)):
        out[part] = encoder(**pictures.load(part))
    return out
