"""Makes LeRobot build pi0 with a few thousand weights instead of 3.5 thousand million, and find a
tokenizer of a few words in place of PaliGemma's. All computation stays LeRobot's own."""

from pathlib import Path

SHAPE = {"depth": 2, "mlp_dim": 64, "num_heads": 8, "num_kv_heads": 1, "head_dim": 8}
WIDTHS = {"gemma_2b": 48, "gemma_300m": 32}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "patch_size": 14,
}
WORDS = 64


def install(folder: Path) -> None:
    """Changes LeRobot's modules in this process; the tokenizer goes into `folder`."""
    from lerobot.policies.pi0 import modeling_pi0, processor_pi0
    from tiny_vlm import make_tokenizer

    make_tokenizer().save_pretrained(folder)
    modeling_pi0.get_gemma_config = lambda variant: modeling_pi0.GemmaConfig(
        width=WIDTHS[variant], **SHAPE
    )
    whole, expert = (
        modeling_pi0.__dict__.get("whole_model")
        or modeling_pi0.PaliGemmaForConditionalGenerationWithPiGemma,
        modeling_pi0.__dict__.get("expert_model") or modeling_pi0.PiGemmaForCausalLM,
    )
    modeling_pi0.whole_model, modeling_pi0.expert_model = whole, expert

    def small_whole(config):
        for name, value in VISION.items():
            setattr(config.vision_config, name, value)
        config.vision_config.projection_dim = config.text_config.hidden_size
        config.text_config.vocab_size = WORDS
        return whole(config=config)

    def small_expert(config):
        config.vocab_size = WORDS
        return expert(config=config)

    modeling_pi0.PaliGemmaForConditionalGenerationWithPiGemma = small_whole
    modeling_pi0.PiGemmaForCausalLM = small_expert
    step = processor_pi0.__dict__.get("tokenizer_step") or processor_pi0.TokenizerProcessorStep
    processor_pi0.tokenizer_step = step
    processor_pi0.TokenizerProcessorStep = lambda **options: step(
        **(options | {"tokenizer_name": str(folder)})
    )


def livelier(policy) -> None:
    """Weights that make the chunk depend on what is seen: fresh ones are near zero."""
    for weight in policy.parameters():
        if weight.dim() >= 2:
            weight.data *= 2
