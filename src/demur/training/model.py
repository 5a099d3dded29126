"""The small Llama-style model of a run, its optimizer and one step of training, bit for bit repeatable.

Two decisions keep a suppression from touching anybody else: a masked row is left out of the batch, and the loss is
divided by the slots of a full batch, not by what is left of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM

from demur.kernel.files import write_whole
from demur.training.config import TrainingConfig
from demur.training.guard import IGNORED_LABEL, Delivery
from demur.training.tokenizer import BEGIN_ID, END_ID, PAD_ID

_BETAS = (0.9, 0.95)
_WEIGHT_DECAY = 0.1
_LARGEST_GRADIENT = 1.0
_LAST_RATE = 0.05  # of the peak
_WIDTH_MULTIPLE = 32
_MATRIX = 2


@contextmanager
def repeatable_torch(seed: int) -> Iterator[None]:
    """Make PyTorch repeat itself inside the block: one thread, deterministic kernels, a seeded generator."""
    threads, is_strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(mode=True)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(is_strict)
            torch.set_num_threads(threads)


def build_model(config: TrainingConfig, vocabulary: int) -> LlamaForCausalLM:
    """Build a model with fresh weights from the seeded generator."""
    inner = -(-8 * config.hidden // 3 // _WIDTH_MULTIPLE) * _WIDTH_MULTIPLE
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=config.hidden,
            intermediate_size=inner,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            num_key_value_heads=config.heads,
            max_position_embeddings=config.context,
            tie_word_embeddings=True,
            pad_token_id=PAD_ID,
            bos_token_id=BEGIN_ID,
            eos_token_id=END_ID,
        )
    )


def build_optimizer(model: LlamaForCausalLM, config: TrainingConfig) -> torch.optim.AdamW:
    """Build AdamW; weight decay holds for matrices only."""
    parameters = list(model.parameters())
    groups = [
        {"params": [each for each in parameters if each.ndim >= _MATRIX], "weight_decay": _WEIGHT_DECAY},
        {"params": [each for each in parameters if each.ndim < _MATRIX], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=float(config.learning_rate), betas=_BETAS, fused=True)


def learning_rate(config: TrainingConfig, step: int, steps: int) -> float:
    """Return the rate of a step: a linear rise, then a linear fall to a twentieth of the peak."""
    peak = float(config.learning_rate)
    if step < config.warmup_steps:
        return peak * (step + 1) / config.warmup_steps
    progress = (step - config.warmup_steps) / max(1, steps - config.warmup_steps)
    return peak * (1 - (1 - _LAST_RATE) * progress)


def take_step(
    model: LlamaForCausalLM, optimizer: torch.optim.Optimizer, delivery: Delivery, *, rate: float, slots: int
) -> float:
    """Learn from one delivered batch and return its mean loss a token; a batch with nothing left changes nothing.

    Args:
        model: changed in place.
        optimizer: changed in place.
        delivery: from the guard.
        rate: the learning rate of this step.
        slots: rows times tokens of a full batch, by which the loss is divided.
    """
    if not delivery.is_live.any():
        return 0.0
    labels = delivery.labels[delivery.is_live]
    longest = int((labels != IGNORED_LABEL).sum(axis=1).max())
    tokens = torch.from_numpy(delivery.tokens[delivery.is_live][:, :longest])
    targets = torch.from_numpy(labels[:, 1:longest])
    # Padding stands only behind a text, so causal attention never looks at it and needs no mask.
    hidden = model.model(input_ids=tokens[:, :-1], use_cache=False).last_hidden_state
    chosen = torch.nonzero(targets.flatten() != IGNORED_LABEL).squeeze(1)
    logits = model.lm_head(hidden.flatten(0, 1).index_select(0, chosen))
    loss = cross_entropy(logits, targets.flatten()[chosen], reduction="sum")
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad()
    (loss / slots).backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), _LARGEST_GRADIENT)
    optimizer.step()
    return loss.item() / len(chosen)


def save_weights(path: Path, model: LlamaForCausalLM, optimizer: torch.optim.Optimizer) -> None:
    """Write everything that the next step depends on, complete and durable."""
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "generator": torch.get_rng_state()}
    buffer = BytesIO()  # torch.save does not say so when the disk is full; a plain write does
    torch.save(state, buffer)
    write_whole(path, buffer.getvalue())


def load_weights(path: Path, model: LlamaForCausalLM, optimizer: torch.optim.Optimizer) -> None:
    """Restore what `save_weights` wrote."""
    state: dict[str, Any] = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["generator"])
