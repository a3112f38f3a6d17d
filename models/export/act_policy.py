"""ACT: the backbone runs on each picture, the transformer turns all into a chunk in one shot.

At run time the variational encoder has no part: its latent is zero, whatever `use_vae` says.
"""

import torch
from torch import nn

from checkpoint import Checkpoint
from observation import STATE, Camera
from program import Graph, Program, camera_encoder


class Backbone(nn.Module):
    """Pictures [1,3,H,W] -> feature maps of all cameras, flat [1, F]."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.backbone = model.backbone
        self.project = model.encoder_img_feat_input_proj

    def maps(self, *pictures: torch.Tensor) -> list[torch.Tensor]:
        """The feature map [1,D,h,w] of each picture."""
        return [self.project(self.backbone(picture)["feature_map"]) for picture in pictures]

    def forward(self, *pictures: torch.Tensor) -> torch.Tensor:
        return torch.cat([one.flatten(1) for one in self.maps(*pictures)], dim=1)


class Transformer(nn.Module):
    """Condition [1, joints + F] -> normalised chunk [1, chunk_size, joints].

    LeRobot splits every feature map into tokens one by one and stacks them again; as a transpose of
    the whole map, this is one node of the graph instead of two for each token.
    """

    def __init__(self, model: nn.Module, maps: list[torch.Tensor]):
        super().__init__()
        self.model = model
        self.shapes = [tuple(one.shape[1:]) for one in maps]
        self.joints = model.config.robot_state_feature.shape[0]
        places = [model.encoder_1d_feature_pos_embed.weight.unsqueeze(1)]
        latent = model.encoder_latent_input_proj(torch.zeros(1, model.config.latent_dim))
        with torch.no_grad():
            for one in maps:
                grid = model.encoder_cam_feat_pos_embed(one)
                places.append(grid.flatten(2).permute(2, 0, 1))
        # Constants of the graph: where each token lies, and the token of the zero latent.
        self.register_buffer("places", torch.cat(places).detach())
        self.register_buffer("latent", latent.detach()[None])

    def forward(self, condition: torch.Tensor) -> torch.Tensor:
        model = self.model
        batch = condition.shape[0]
        state = model.encoder_robot_state_input_proj(condition[:, : self.joints])
        tokens = [self.latent.expand(1, batch, -1), state[None]]
        at = self.joints
        for depth, height, width in self.shapes:
            size = depth * height * width
            grid = condition[:, at : at + size].reshape(-1, depth, height * width)
            tokens.append(grid.permute(2, 0, 1))
            at += size
        encoded = model.encoder(torch.cat(tokens), pos_embed=self.places)
        queries = model.decoder_pos_embed.weight.unsqueeze(1)
        start = torch.zeros_like(queries).expand(-1, batch, -1)
        decoded = model.decoder(
            start, encoded, encoder_pos_embed=self.places, decoder_pos_embed=queries
        )
        return model.action_head(decoded.transpose(0, 1))


def noise_shape(config) -> tuple[int, int]:
    """[steps, joints] of the chunk: ACT takes no noise."""
    return config.chunk_size, config.action_feature.shape[0]


@torch.no_grad()
def build(checkpoint: Checkpoint, cameras: list[Camera], batch: dict) -> Program:
    """ACT without a sampler: encoder, then one run of the transformer."""
    config, model = checkpoint.config, checkpoint.policy.model
    pictures = {c.name: torch.rand(1, 3, c.height, c.width) for c in cameras}
    backbone = Backbone(model).eval()
    maps = backbone.maps(*pictures.values())
    width = config.robot_state_feature.shape[0] + sum(one[0].numel() for one in maps)
    return Program(
        graphs={
            "encoder": Graph(backbone, pictures, ["features"]),
            "transformer": Graph(
                Transformer(model, maps).eval(), {"condition": torch.rand(1, width)}, ["actions"]
            ),
        },
        encoders=[camera_encoder("encoder", cameras)],
        condition=[STATE, "features"],
        sampler={"type": "direct"},
        denoiser={
            "graph": "transformer",
            "inputs": {"condition": "condition"},
            "output": "actions",
            "prediction": "sample",
        },
        prediction=config.chunk_size,
        execution=config.n_action_steps,
    )


@torch.no_grad()
def reference(checkpoint: Checkpoint, batches: list[dict], noise: torch.Tensor) -> torch.Tensor:
    """LeRobot's own chunk, normalised; ACT takes no noise."""
    return checkpoint.policy.predict_action_chunk(batches[-1])
