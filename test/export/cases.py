"""The checkpoints that the exporter is tried on: settings of LeRobot, and options of the export.

"refused" is a part of the line that says why the export of that checkpoint must fail.
"""

#: Networks small enough to try many settings.
SMALL_ACT = {
    "chunk_size": 12,
    "n_action_steps": 8,
    "dim_model": 64,
    "n_heads": 4,
    "dim_feedforward": 128,
    "n_encoder_layers": 2,
    "n_vae_encoder_layers": 1,
}
SMALL_DIFFUSION = {
    "horizon": 16,
    "n_action_steps": 8,
    "down_dims": (32, 64),
    "n_groups": 4,
    "diffusion_step_embed_dim": 32,
    "spatial_softmax_num_keypoints": 8,
    "crop_shape": None,
    "num_train_timesteps": 50,
    "noise_scheduler_type": "DDIM",
    "num_inference_steps": 5,
}
#: Several action steps are of use only to training; 48 rows of text and no more than that.
SMALL_SMOLVLA = {
    "chunk_size": 10,
    "n_action_steps": 10,
    "num_vlm_layers": 4,
    "num_steps": 4,
    "load_vlm_weights": False,
    "resize_imgs_with_padding": (64, 64),
    "tokenizer_max_length": 12,
}

SMALL_PI0 = {
    "chunk_size": 10,
    "n_action_steps": 10,
    "num_inference_steps": 4,
    "image_resolution": (28, 28),
    "tokenizer_max_length": 12,
}

MODES = ("MEAN_STD", "MIN_MAX", "QUANTILES", "QUANTILE10", "IDENTITY")
ONE = ("front",)
THREE = ("front", "wrist", "side")


def case(policy: str, config: dict, cameras=ONE, picture=(64, 96), unit="deg", **more) -> dict:
    """One checkpoint."""
    return {
        "policy": policy,
        "config": config,
        "cameras": cameras,
        "picture": picture,
        "unit": unit,
        "export": more.pop("export", ["--unit", unit]),
        **more,
    }


def act(cameras=ONE, **config) -> dict:
    """A small ACT."""
    more = {k: config.pop(k) for k in list(config) if k in OPTIONS}
    return case("act", SMALL_ACT | config, cameras, **more)


def diffusion(cameras=ONE, **config) -> dict:
    """A small Diffusion Policy."""
    more = {k: config.pop(k) for k in list(config) if k in OPTIONS}
    return case("diffusion", SMALL_DIFFUSION | config, cameras, **more)


def smolvla(cameras=ONE, **config) -> dict:
    """A small SmolVLA over a made-up vision-language model."""
    more = {k: config.pop(k) for k in list(config) if k in OPTIONS}
    task = ["--unit", "deg", "--task", "pick up the cube"]
    return case("smolvla", SMALL_SMOLVLA | config, cameras, export=task, **more)


def pi0(cameras=ONE, **config) -> dict:
    """A small pi0, which LeRobot builds since 0.6."""
    more = {k: config.pop(k) for k in list(config) if k in OPTIONS}
    task = ["--unit", "deg", "--task", "pick up the cube"]
    return case("pi0", SMALL_PI0 | config, cameras, export=task, since=(0, 6), **more)


OPTIONS = ("picture", "unit", "normalization", "refused", "export", "change_config", "since")


def everywhere(mode: str) -> dict:
    """One mode for everything."""
    return {"VISUAL": mode, "STATE": mode, "ACTION": mode}


CASES = {
    "act_small": act(),
    "act_three_cameras": act(THREE),
    "act_without_vae": act(use_vae=False),
    "act_ensembling": act(temporal_ensemble_coeff=0.01, n_action_steps=1),
    "act_pre_norm_gelu": act(pre_norm=True, feedforward_activation="gelu", n_decoder_layers=2),
    "act_dilated": act(vision_backbone="resnet50", replace_final_stride_with_dilation=True),
    **{f"act_{mode.lower()}": act(normalization=everywhere(mode)) for mode in MODES},
    **{
        f"act_resnet{depth}": act(vision_backbone=f"resnet{depth}") for depth in (34, 50, 101, 152)
    },
    "act_radians": act(unit="rad"),
    "act_default": case("act", {}, THREE, (480, 640)),
    "diffusion_small": diffusion(),
    "diffusion_three_cameras": diffusion(THREE),
    "diffusion_own_encoders": diffusion(THREE, use_separate_rgb_encoder_per_camera=True),
    "diffusion_crop": diffusion(crop_shape=(57, 84), crop_is_random=True),
    "diffusion_ddpm": diffusion(
        noise_scheduler_type="DDPM", num_train_timesteps=20, num_inference_steps=None
    ),
    "diffusion_ddpm_fewer": diffusion(noise_scheduler_type="DDPM", num_inference_steps=10),
    "diffusion_sample": diffusion(prediction_type="sample"),
    "diffusion_unclipped": diffusion(clip_sample=False),
    "diffusion_clip_range": diffusion(clip_sample_range=2.0),
    "diffusion_linear": diffusion(beta_schedule="linear"),
    "diffusion_scaled_linear": diffusion(beta_schedule="scaled_linear"),
    "diffusion_bias_only": diffusion(use_film_scale_modulation=False),
    "diffusion_batch_norm": diffusion(use_group_norm=False),
    "diffusion_one_observation": diffusion(n_obs_steps=1),
    "diffusion_four_observations": diffusion(n_obs_steps=4, horizon=20, n_action_steps=5),
    "diffusion_all_actions": diffusion(n_action_steps=15),
    **{
        f"diffusion_resnet{depth}": diffusion(vision_backbone=f"resnet{depth}")
        for depth in (34, 50, 101, 152)
    },
    **{
        f"diffusion_{mode.lower()}": diffusion(
            normalization=everywhere(mode), clip_sample=mode not in ("MEAN_STD", "IDENTITY")
        )
        for mode in MODES
    },
    "diffusion_default": case(
        "diffusion", {"crop_shape": (216, 288)}, THREE, (240, 320), unit="range",
        export=["--unit", "range", "--calibration", "CALIBRATION", "--offset", "gripper=0.05"],
    ),
    "smolvla_small": smolvla(),
    "smolvla_three_cameras": smolvla(THREE),
    "smolvla_self_attention": smolvla(attention_mode="self_attn"),
    "smolvla_fewer_expert_layers": smolvla(num_expert_layers=2, self_attn_every_n_layers=-1),
    "smolvla_padded_text": smolvla(pad_language_to="max_length", add_image_special_tokens=True),
    "smolvla_fixed_prefix": smolvla(prefix_length=40),
    "smolvla_empty_camera": smolvla(empty_cameras=1),
    "smolvla_quantiles": smolvla(
        normalization={"VISUAL": "IDENTITY", "STATE": "QUANTILES", "ACTION": "QUANTILES"}
    ),
    "smolvla_default": case(
        "smolvla", {"load_vlm_weights": False}, ("front", "wrist"), (480, 640), real_vlm=True,
        export=["--unit", "deg", "--task", "pick up the cube"],
    ),
    "pi0_small": pi0(),
    "pi0_three_cameras": pi0(THREE, n_action_steps=5),
    "pi0_empty_camera": pi0(empty_cameras=1),
    # LeRobot's default sizes with one smaller camera, the other one of that benchmark.
    "act_one_camera": case("act", {}, ONE, (240, 320)),
    # 16 million weights, one camera, 10 steps: what `npm run bench -- chunk --lerobot` measures.
    "diffusion_pusht": case(
        "diffusion",
        {
            "crop_shape": (76, 76), "horizon": 16, "n_action_steps": 8,
            "down_dims": (64, 128, 256), "noise_scheduler_type": "DDIM", "num_inference_steps": 10,
        },
        picture=(84, 84),
    ),
    "diffusion_resize": diffusion(resize_shape=(48, 60), crop_ratio=0.9, since=(0, 6)),
    "refused_clip": diffusion(
        normalization=everywhere("MEAN_STD"), clip_sample=True, refused="clip_sample is on"
    ),
    "refused_schedule": diffusion(
        beta_schedule="sigmoid", noise_scheduler_type="DDPM", refused="beta_schedule"
    ),
    "refused_type": act(change_config={"type": "vqbet"}, refused='policy type "vqbet"'),
    "refused_pi05": act(change_config={"type": "pi05"}, refused="3.5 thousand million weights"),
    "refused_joints": act(
        export=["--unit", "deg", "--joints", "a,b,c"], refused="3 joint names (a, b, c)"
    ),
    "refused_camera": act(
        export=["--unit", "deg", "--camera", "top=front"], refused='--camera names "top"'
    ),
}
