"""Diffusion Policy: encoder a frame, conditioning a chunk, U-Net a step.

The U-Net's blocks scale and shift their channels by a linear map of (time, observation). The part
of the observation does not change over the steps, so it is computed once a chunk, for all blocks.
"""

import torch
from torch import nn

from checkpoint import Checkpoint
from observation import STATE, Camera
from processors import read_processing
from program import Graph, Program, camera_encoder
from refusal import Refusal
from resize import resize_and_crop
from wide_unet import widen_unet

SCHEDULES = ("squaredcos_cap_v2", "linear", "scaled_linear")


class Encoder(nn.Module):
    """Pictures [1,3,H,W] -> key points of all cameras [1, F]."""

    def __init__(self, encoders: list[nn.Module]):
        super().__init__()
        self.encoders = nn.ModuleList(encoders)

    def forward(self, *pictures: torch.Tensor) -> torch.Tensor:
        return torch.cat([f(p) for f, p in zip(self.encoders, pictures, strict=True)], dim=1)


class ObservationPart(nn.Module):
    """Condition [1, C] -> what it adds to the scale and shift of every block, [1, sum of widths]."""

    def __init__(self, layers: list[nn.Linear], size: int):
        super().__init__()
        self.activation = nn.Mish()
        self.linear = nn.Linear(size, sum(layer.out_features for layer in layers))
        with torch.no_grad():
            self.linear.weight.copy_(torch.cat([layer.weight[:, -size:] for layer in layers]))
            self.linear.bias.copy_(torch.cat([layer.bias for layer in layers]))

    def forward(self, condition: torch.Tensor) -> torch.Tensor:
        return self.linear(self.activation(condition))


class TimePart(nn.Module):
    """Takes the place of a block's cond_encoder: (embedded time, all observation parts) -> its own."""

    def __init__(self, layer: nn.Linear, size: int, begin: int):
        super().__init__()
        self.activation = nn.Mish()
        self.size = layer.in_features - size
        self.place = slice(self.size + begin, self.size + begin + layer.out_features)
        self.linear = nn.Linear(self.size, layer.out_features, bias=False)
        with torch.no_grad():
            self.linear.weight.copy_(layer.weight[:, : self.size])

    def forward(self, feature: torch.Tensor) -> torch.Tensor:
        return self.linear(self.activation(feature[:, : self.size])) + feature[:, self.place]


def split_conditioning(unet: nn.Module, size: int) -> ObservationPart:
    """Takes the observation's part out of every block; `size` numbers of observation."""
    blocks = [module for module in unet.modules() if hasattr(module, "cond_encoder")]
    layers = [block.cond_encoder[1] for block in blocks]
    begin = 0
    for block, layer in zip(blocks, layers, strict=True):
        block.cond_encoder = TimePart(layer, size, begin)
        begin += layer.out_features
    return ObservationPart(layers, size)


def sampler_section(config, model, mode: str) -> dict:
    """The scheduler as diffusers runs it under LeRobot's settings; actions are normalised by `mode`."""
    if config.beta_schedule not in SCHEDULES:
        raise Refusal(
            f'beta_schedule is "{config.beta_schedule}"', expected=f"one of {', '.join(SCHEDULES)}"
        )
    if config.clip_sample and mode not in ("MIN_MAX", "QUANTILES", "QUANTILE10"):
        raise Refusal(
            f"clip_sample is on but actions are normalised by {mode}, so that ordinary actions are cut",
            expected="MIN_MAX or QUANTILES for ACTION, or clip_sample off",
        )
    return {
        "type": config.noise_scheduler_type.lower(),
        "train_timesteps": config.num_train_timesteps,
        "beta_schedule": config.beta_schedule,
        "beta_start": config.beta_start,
        "beta_end": config.beta_end,
        "prediction": config.prediction_type,
        "steps": model.num_inference_steps,
        "clip": config.clip_sample_range if config.clip_sample else None,
        "spacing": "leading",
    }


def camera_encoders(config, model, cameras: list[Camera]) -> list[nn.Module]:
    """LeRobot's encoder of each camera (one and the same where they share it), without its crop: the
    runtime crops, unless the picture is resized before (LeRobot from 0.5 on)."""
    separate = config.use_separate_rgb_encoder_per_camera
    encoders = list(model.rgb_encoder) if separate else [model.rgb_encoder] * len(cameras)
    for encoder, camera in zip(encoders, cameras, strict=True):
        if getattr(encoder, "resize", None) is not None:
            sizes = (camera.height, camera.width), tuple(config.resize_shape)
            encoder.resize = resize_and_crop(*sizes, config.crop_shape)
        encoder.do_crop = False
    return encoders


def noise_shape(config) -> tuple[int, int]:
    """[steps, joints] of what the sampler works on."""
    return config.horizon, config.action_feature.shape[0]


@torch.no_grad()
def build(checkpoint: Checkpoint, cameras: list[Camera], batch: dict) -> Program:
    """Encoder, modulation and U-Net. Changes the policy: take the reference chunk before."""
    config, model = checkpoint.config, checkpoint.policy.diffusion
    if not cameras:
        raise Refusal("the policy sees no picture", expected="at least one camera")
    crop = config.crop_shape if getattr(config, "resize_shape", None) is None else None
    encoder = Encoder(camera_encoders(config, model, cameras)).eval()
    size = crop or (cameras[0].height, cameras[0].width)
    pictures = {c.name: torch.rand(1, 3, *size) for c in cameras}
    joints = config.action_feature.shape[0]
    width = config.n_obs_steps * (joints + encoder(*pictures.values()).shape[1])
    sampler = sampler_section(config, model, read_processing(checkpoint).modes["action"])
    observation_part = split_conditioning(model.unet, width)
    condition = torch.rand(2, width)
    sample = torch.rand(2, config.horizon, joints)
    time = torch.full((2,), float(config.num_train_timesteps - 1))
    modulation = observation_part(condition)
    unet = widen_unet(model.unet, sample, time, modulation)
    start = config.n_obs_steps - 1
    prediction = min(config.n_action_steps, config.horizon - start)
    return Program(
        graphs={
            "encoder": Graph(encoder, pictures, ["features"]),
            "modulation": Graph(observation_part, {"condition": condition}, ["modulation"]),
            "unet": Graph(
                unet,
                {"sample": sample, "time": time, "modulation": modulation},
                [f"predicted_{config.prediction_type}"],
            ),
        },
        encoders=[camera_encoder("encoder", cameras)],
        condition=[STATE, "features"],
        context=[
            {"graph": "modulation", "input": "condition", "outputs": {"modulation": "modulation"}}
        ],
        sampler=sampler,
        denoiser={
            "graph": "unet",
            "inputs": {"sample": "sample", "time": "time", "context": {"modulation": "modulation"}},
            "output": f"predicted_{config.prediction_type}",
            "prediction": config.prediction_type,
        },
        prediction=prediction,
        execution=prediction,
        observation_steps=config.n_obs_steps,
        sample={"steps": config.horizon, "start": start, "width": joints},
        crop=crop,
    )


@torch.no_grad()
def reference(checkpoint: Checkpoint, batches: list[dict], noise: torch.Tensor) -> torch.Tensor:
    """LeRobot's own chunk, normalised: observations go in one at a time, as on a robot."""
    from lerobot.policies.utils import populate_queues

    policy = checkpoint.policy
    policy.reset()
    for batch in batches:
        pictures = [batch[key] for key in checkpoint.config.image_features]
        batch["observation.images"] = torch.stack(pictures, dim=-4)
        policy._queues = populate_queues(policy._queues, batch)
    return policy.predict_action_chunk(batches[-1], noise=noise)
