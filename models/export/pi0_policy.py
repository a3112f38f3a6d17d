"""pi0 in three graphs: vision a frame, prefix a chunk (pictures and text; its key-value cache is handed
on), action expert a step (the state is one of its tokens). For LeRobot from 0.6 on.
"""

import math

import torch
from torch import nn
from torch.nn import functional

from checkpoint import Checkpoint
from observation import EMPTY, STATE, Camera
from program import Graph, Program, camera_encoder
from refusal import Refusal
from smolvla_policy import TOKEN_MASK, TOKENS, dynamic_cache, noise_shape, replaced
from traceable import fitted_centred, time_embedding

#: What an ONNX file holds, bytes.
LARGEST = 2**31


class Vision(nn.Module):
    """Pictures [1,3,H,W] -> image tokens of all cameras, flat [1, F]."""

    def __init__(self, policy: nn.Module, cameras: list[Camera]):
        super().__init__()
        self.policy = policy
        self.keys = [camera.key for camera in cameras]

    def tokens(self, *pictures: torch.Tensor) -> list[torch.Tensor]:
        """[1, tokens, width] of each camera."""
        seen = [
            self.policy._preprocess_images({key: picture})[0][0]
            for key, picture in zip(self.keys, pictures, strict=True)
        ]
        return [self.policy.model.paligemma_with_expert.embed_image(one) for one in seen]

    def forward(self, *pictures: torch.Tensor) -> torch.Tensor:
        return torch.cat([one.flatten(1) for one in self.tokens(*pictures)], dim=1)


class Prefix(nn.Module):
    """Condition [1, joints + F] -> keys and values of all layers, [1, L, heads, S, width], and state."""

    def __init__(self, checkpoint: Checkpoint, tokens: list[torch.Tensor], batch: dict):
        super().__init__()
        from lerobot.policies.common.vla_utils import make_att_2d_masks, prepare_attention_masks_4d

        config = checkpoint.config
        self.model = checkpoint.policy.model
        self.shapes = [tuple(one.shape[1:]) for one in tokens]
        self.empty = sum(EMPTY in key for key in config.image_features)
        self.joints = config.robot_state_feature.shape[0]
        text = self.model.paligemma_with_expert.embed_language_tokens(batch[TOKENS])
        self.register_buffer("text", text.detach())
        self.register_buffer("text_mask", batch[TOKEN_MASK].bool())
        width = self.joints + sum(math.prod(shape) for shape in self.shapes)
        _, pad, attention = self.embed(torch.zeros(1, width))
        # Which token sees which, and where it lies, depend on nothing that changes.
        self.register_buffer("pad", pad)
        mask = prepare_attention_masks_4d(make_att_2d_masks(pad, attention))
        self.register_buffer("mask", mask)
        self.register_buffer("positions", torch.cumsum(pad, dim=1) - 1)

    def embed(self, condition: torch.Tensor):
        """LeRobot's embed_prefix on tokens that are there already."""
        images, at = [], self.joints
        for length, width in self.shapes:
            images.append(condition[:, at : at + length * width].reshape(-1, length, width))
            at += length * width
        seen = [torch.ones(1, dtype=torch.bool)] * len(images)
        images += [torch.zeros_like(images[0])] * self.empty
        seen += [torch.zeros(1, dtype=torch.bool)] * self.empty
        model = self.model.paligemma_with_expert
        with replaced(model, "embed_image", lambda one: one):
            with replaced(model, "embed_language_tokens", lambda _ids: self.text):
                return self.model.embed_prefix(images, seen, self.text, self.text_mask)

    def forward(self, condition: torch.Tensor):
        embedded, _, _ = self.embed(condition)
        _, cache = self.model.paligemma_with_expert.forward(
            attention_mask=self.mask,
            position_ids=self.positions,
            past_key_values=None,
            inputs_embeds=[embedded, None],
            use_cache=True,
        )
        layers = [(entry[0], entry[1]) for entry in cache]
        keys = torch.stack([key for key, _ in layers], dim=1)
        values = torch.stack([value for _, value in layers], dim=1)
        return keys, values, condition[:, : self.joints] * 1.0


class Expert(nn.Module):
    """sample [1,T,W], time [1], keys, values, state [1,J] -> velocity [1,T,W]."""

    def __init__(self, prefix: Prefix, config):
        super().__init__()
        from lerobot.policies.common.vla_utils import make_att_2d_masks, prepare_attention_masks_4d

        self.model = prefix.model
        self.chunk = config.chunk_size
        self.padding = config.max_state_dim - prefix.joints
        sample = torch.zeros(1, config.chunk_size, config.max_action_dim)
        state = torch.zeros(1, config.max_state_dim)
        _, pad, attention, _ = self.model.embed_suffix(state, sample, torch.ones(1))
        seen = prefix.pad[:, None, :].expand(1, pad.shape[1], -1)
        whole = torch.cat([seen, make_att_2d_masks(pad, attention)], dim=2)
        self.register_buffer("mask", prepare_attention_masks_4d(whole))
        start = prefix.pad.sum(dim=-1, keepdim=True)
        self.register_buffer("positions", start + torch.cumsum(pad, dim=1) - 1)

    def forward(self, sample, time, keys, values, state) -> torch.Tensor:
        state = functional.pad(state, (0, self.padding))
        embedded, _, _, _ = self.model.embed_suffix(state, sample, time)
        cache = dynamic_cache([(keys[:, i], values[:, i]) for i in range(keys.shape[1])])
        (_, out), _ = self.model.paligemma_with_expert.forward(
            attention_mask=self.mask,
            position_ids=self.positions,
            past_key_values=cache,
            inputs_embeds=[None, embedded],
            use_cache=False,
        )
        return self.model.action_out_proj(out[:, -self.chunk :])


def refuse_large(model: nn.Module) -> None:
    """Refuses what no ONNX file holds, before minutes are spent on it."""
    layers = model.paligemma_with_expert.paligemma.model.language_model.layers
    size = sum(weight.numel() for weight in layers.parameters()) * 4
    if size > LARGEST:
        raise Refusal(
            f"the language model of pi0 has {size / 2**30:.1f} GiB of weights in float32",
            expected="less than 2 GiB, the most that an ONNX file holds",
            cure="run it where it was trained, from a node that publishes chunks",
        )


@torch.no_grad()
def build(checkpoint: Checkpoint, cameras: list[Camera], batch: dict) -> Program:
    """Vision, prefix and expert."""
    from lerobot.policies.pi0 import modeling_pi0

    config, policy = checkpoint.config, checkpoint.policy
    modeling_pi0.create_sinusoidal_pos_embedding = time_embedding
    modeling_pi0.resize_with_pad_torch = fitted_centred
    model = policy.model.paligemma_with_expert
    for part in (model.paligemma.model.language_model, model.gemma_expert.model):
        part.config._attn_implementation = "eager"
    pictures = {c.name: torch.rand(1, 3, c.height, c.width) for c in cameras}
    vision = Vision(policy, cameras).eval()
    tokens = vision.tokens(*pictures.values())
    prefix = Prefix(checkpoint, tokens, batch).eval()
    joints = config.robot_state_feature.shape[0]
    condition = torch.rand(1, joints + sum(one.numel() for one in tokens))
    names = ("keys", "values", "state")
    context = dict(zip(names, prefix(condition), strict=True))
    steps, width = noise_shape(config)
    step_inputs = {"sample": torch.rand(1, steps, width), "time": torch.ones(1), **context}
    cache = {name: name for name in names}
    return Program(
        graphs={
            "vision": Graph(vision, pictures, ["features"], batched=False),
            "prefix": Graph(prefix, {"condition": condition}, list(names), batched=False),
            "expert": Graph(Expert(prefix, config).eval(), step_inputs, ["velocity"], batched=False),
        },
        encoders=[camera_encoder("vision", cameras)],
        condition=[STATE, "features"],
        context=[{"graph": "prefix", "input": "condition", "outputs": cache}],
        sampler={"type": "flow_euler", "steps": config.num_inference_steps, "time": "one_to_zero"},
        denoiser={
            "graph": "expert",
            "inputs": {"sample": "sample", "time": "time", "context": cache},
            "output": "velocity",
            "prediction": "velocity",
        },
        prediction=steps,
        execution=config.n_action_steps,
        sample={"steps": steps, "start": 0, "width": width},
    )


@torch.no_grad()
def reference(checkpoint: Checkpoint, batches: list[dict], noise: torch.Tensor) -> torch.Tensor:
    """LeRobot's own chunk, normalised."""
    refuse_large(checkpoint.policy.model)
    checkpoint.policy.reset()
    return checkpoint.policy.predict_action_chunk(dict(batches[-1]), noise=noise)
