"""Trains the small network that reads doubtful English posts once more, by larger ones.

    python -m training_tools.names.network --examples examples.npz --out networks.npz [--device cuda]

Teachers are trained on parts of the examples: larger networks that also see the letters and the vector of each word.
What those say of the part that they did not see is what the small ones learn, beside the right tags. Networks are
trained side by side; minutes on one GPU, hours on one core. `training_tools.names.choose` takes one of them.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from demur.filters.names import layout

SEED, EPOCHS, BATCH, RATE, DECAY = 1, 7, 32, 2e-3, 1e-3
DROPOUT, HASH_DROPOUT, CLASS_DROPOUT, LIST_DROPOUT, VECTOR_DROPOUT, LETTER_DROPOUT = 0.3, 0.3, 0.1, 0.25, 0.05, 0.2
HASH_SIZE, OTHER_SIZE = 16, 12
STUDENTS, TEACHERS = 8, 12
SOFT: Final = 0.7
"""The share of the loss that comes from what the teachers say."""
CEILING: Final = 6.0
_NAME_BITS = 1 | 2 | 16 | 32
_BUNDLE, _AT_ONCE, _LONGEST_STEP = 20, 128, 2.0
_HASHED, _OTHERS = layout.NETWORK_HASHED, layout.NETWORK_SECTIONS[1 + len(layout.NETWORK_HASHED) :]
_BYTES, _BYTE_SIZE, _SPELLED_SIZE = 256, 16, 64
Arrays: TypeAlias = Mapping[str, npt.NDArray[np.generic]]
Loss: TypeAlias = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
"""From scores [networks, texts, tokens, tags], places of tokens and numbers of texts to what each token costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large a network is; what a teacher sees that the small one does not."""

    width: int
    steps: tuple[int, ...]
    hash_size: int
    is_teacher: bool


SMALL: Final = Shape(width=layout.NETWORK_WIDTH, steps=layout.NETWORK_STEPS, hash_size=HASH_SIZE, is_teacher=False)
LARGE: Final = Shape(width=2 * layout.NETWORK_WIDTH, steps=(1, 2, 3), hash_size=2 * HASH_SIZE, is_teacher=True)


class Examples:
    """The examples on a device; the last row of every table of tokens is one outside of all texts."""

    def __init__(self, arrays: Arrays, device: str) -> None:
        self.device, self.tokens = device, len(arrays["gold"])
        self.inputs, self.gold, self.spelled, self.rows = (
            self.padded(arrays[name].astype(np.int64)) for name in ("inputs", "gold", "spelled", "rows")
        )
        self.weights, self.folds = (torch.tensor(arrays[name]).to(device) for name in ("weights", "folds"))
        self.middle, self.vectors = (
            torch.tensor(arrays[name].astype(np.float32)).to(device) for name in ("middle", "vectors")
        )
        self.bounds = arrays["bounds"].astype(np.int64)
        self.fold_of_tokens = np.repeat(arrays["folds"].astype(np.int64), np.diff(self.bounds))

    def padded(self, array: npt.NDArray[np.generic]) -> torch.Tensor:
        """Put a row of zeros after a table of tokens."""
        return torch.tensor(np.concatenate([array, np.zeros((1, *array.shape[1:]), array.dtype)])).to(self.device)

    def places(self, texts: npt.NDArray[np.int64]) -> torch.Tensor:
        """Return the places of the tokens of some texts, filled up with the one that is outside."""
        counts = self.bounds[texts + 1] - self.bounds[texts]
        along = np.arange(counts.max())
        inside = along < counts[:, None]
        places = np.where(inside, self.bounds[texts][:, None] + along, self.tokens)
        return torch.from_numpy(places).to(self.device)

    def batches(self, shuffler: np.random.Generator) -> list[npt.NDArray[np.int64]]:
        """Return texts in batches that are nearly equally long."""
        counts, order = np.diff(self.bounds), shuffler.permutation(len(self.bounds) - 1)
        found = []
        for start in range(0, len(order), BATCH * _BUNDLE):
            bundle = order[start : start + BATCH * _BUNDLE]
            bundle = bundle[np.argsort(counts[bundle], kind="stable")]
            found += [bundle[place : place + BATCH] for place in range(0, len(bundle), BATCH)]
        return [found[place] for place in shuffler.permutation(len(found))]


class Networks:
    """Networks of one shape side by side, in floating point.

    Their sums are kept between 0 and a ceiling, as the whole numbers will be.
    """

    def __init__(self, count: int, shape: Shape, examples: Examples, seed: int) -> None:
        self.count, self.shape, self.examples = count, shape, examples
        draw = torch.Generator().manual_seed(seed)
        hashes, width = len(_HASHED), shape.width
        begin = examples.middle.shape[1] + hashes * shape.hash_size + len(_OTHERS) * OTHER_SIZE
        if shape.is_teacher:
            begin += examples.vectors.shape[1] + _SPELLED_SIZE

        def even(rows: int, columns: int) -> torch.Tensor:
            return (torch.rand(count, rows, columns, generator=draw) * 2 - 1) * rows**-0.5

        def bias(rows: int, columns: int) -> torch.Tensor:
            return even(rows, columns)[:, :1].clone()

        def spread(rows: int, columns: int, deviation: float) -> torch.Tensor:
            return torch.randn(count * rows, columns, generator=draw) * deviation

        tables = {
            "hashes": spread(hashes * layout.NETWORK_HASHES, shape.hash_size, 0.1),
            "others": spread(sum(_OTHERS), OTHER_SIZE, 1.0),
            "mix": even(begin, width),
            "mix_bias": bias(begin, width),
            **{f"layer_{place}": even(3 * width, width) for place in range(len(shape.steps))},
            **{f"bias_{place}": bias(3 * width, width) for place in range(len(shape.steps))},
            "tags": even(width, layout.TAGS),
            "tag_bias": bias(width, layout.TAGS),
        }
        if shape.is_teacher:
            tables |= {
                "bytes": spread(_BYTES, _BYTE_SIZE, 0.3),
                "spelled": even(3 * _BYTE_SIZE, _SPELLED_SIZE),
                "spelled_bias": bias(3 * _BYTE_SIZE, _SPELLED_SIZE),
            }
        self.tables = {name: table.to(examples.device).requires_grad_() for name, table in tables.items()}
        ends = torch.cumsum(torch.tensor(_OTHERS), 0)
        self._first_others = (ends - torch.tensor(_OTHERS)).to(examples.device)
        self._first_hashes = (torch.arange(hashes) * layout.NETWORK_HASHES).to(examples.device)
        self._kept_bits = torch.tensor([-1, -1, ~_NAME_BITS, -1], device=examples.device)
        self._each = torch.arange(count, device=examples.device).view(count, 1, 1, 1)

    def _chance(self, *shape: int) -> torch.Tensor:
        return torch.rand(self.count, *shape, device=self.examples.device)

    def scores(self, places: torch.Tensor, *, is_training: bool) -> torch.Tensor:
        """Return scores of tags [networks, texts, tokens, tags] of tokens at these places [texts, tokens]."""
        tables, (texts, tokens), count, width = self.tables, places.shape, self.count, self.shape.width
        state = torch.cat(self._parts(places, is_training=is_training), -1).view(count, texts * tokens, -1)
        inside = (places != self.examples.tokens).view(1, texts, tokens, 1).float()
        state = torch.baddbmm(tables["mix_bias"], state, tables["mix"]).clamp(0, CEILING)
        state = functional.dropout(state.view(count, texts, tokens, width) * inside, DROPOUT, is_training)
        for place, step in enumerate(self.shape.steps):
            wide = functional.pad(state, (0, 0, step, step))
            three = [wide[:, :, side * step : side * step + tokens] for side in range(3)]
            sums = torch.cat(three, -1).view(count, texts * tokens, 3 * width)
            more = torch.baddbmm(tables[f"bias_{place}"], sums, tables[f"layer_{place}"]).clamp(min=0)
            more = functional.dropout(more.view(count, texts, tokens, width), DROPOUT, is_training)
            state = (state + more).clamp(max=CEILING) * inside
        scores = torch.baddbmm(tables["tag_bias"], state.view(count, texts * tokens, width), tables["tags"])
        return scores.view(count, texts, tokens, layout.TAGS)

    def _parts(self, places: torch.Tensor, *, is_training: bool) -> list[torch.Tensor]:
        """Return what a token begins as: rows of tables, some of which are left out in training."""
        examples, tables, (texts, tokens) = self.examples, self.tables, places.shape
        inputs, hashes = examples.inputs[places], len(_HASHED)
        classes = inputs[..., 0].expand(self.count, texts, tokens)
        hashed = inputs[..., 1 : 1 + hashes] + self._first_hashes + self._each * (hashes * layout.NETWORK_HASHES)
        others = inputs[..., 1 + hashes :].expand(self.count, texts, tokens, len(_OTHERS))
        unknown = self._chance(texts, tokens) < CLASS_DROPOUT
        rows = functional.embedding(hashed, tables["hashes"])
        if is_training:
            classes = classes.masked_fill(unknown, 0)
            rows = rows * (self._chance(texts, tokens, hashes, 1) >= HASH_DROPOUT)
            others = torch.where(self._chance(texts, tokens, 1) < LIST_DROPOUT, others & self._kept_bits, others)
        others = others + self._first_others + self._each * sum(_OTHERS)
        parts = [functional.embedding(classes, examples.middle), rows.flatten(3)]
        parts.append(functional.embedding(others, tables["others"]).flatten(3))
        if self.shape.is_teacher:
            words = examples.rows[places].expand(self.count, texts, tokens)
            spelled = self._spelled(places)
            if is_training:
                words = words.masked_fill(unknown | (self._chance(texts, tokens) < VECTOR_DROPOUT), 0)
                spelled = spelled * (self._chance(texts, tokens, 1) >= LETTER_DROPOUT)
            parts += [functional.embedding(words, examples.vectors), spelled]
        return parts

    def _spelled(self, places: torch.Tensor) -> torch.Tensor:
        """Return the largest of what three neighbouring bytes say, for each token."""
        written = self.examples.spelled[places]
        texts, tokens, longest = written.shape
        rows = functional.embedding(written + self._each * _BYTES, self.tables["bytes"]).flatten(1, 2)
        wide = functional.pad(rows, (0, 0, 1, 1))
        three = torch.cat([wide[:, :, side : side + longest] for side in range(3)], -1).flatten(1, 2)
        found = torch.baddbmm(self.tables["spelled_bias"], three, self.tables["spelled"]).clamp(min=0)
        return found.view(self.count, texts, tokens, longest, _SPELLED_SIZE).amax(3)


def fit(networks: Networks, loss: Loss, *, seed: int, epochs: int = EPOCHS) -> None:
    """Train; what stays are the means of the numbers over the later half of the steps."""
    examples, start = networks.examples, time.perf_counter()
    shuffler = np.random.default_rng(seed)
    torch.manual_seed(seed)
    trained = list(networks.tables.values())
    optimiser = torch.optim.AdamW(trained, lr=RATE, weight_decay=DECAY, fused=True)
    means: list[torch.Tensor] = []
    steps = 0
    for epoch in range(epochs):
        optimiser.param_groups[0]["lr"] = RATE * (1 - 0.9 * epoch / epochs)
        for texts in examples.batches(shuffler):
            places, numbers = examples.places(texts), torch.from_numpy(texts).to(examples.device)
            inside = places != examples.tokens
            costs = loss(networks.scores(places, is_training=True), places, numbers) * inside
            total = (costs * examples.weights[numbers].unsqueeze(1)).sum() / inside.sum()
            optimiser.zero_grad()
            total.backward()
            _shorten(trained, networks.count)
            optimiser.step()
            if epoch >= epochs // 2:
                steps += 1
                with torch.no_grad():
                    means = means or [one.clone() for one in trained]
                    torch._foreach_lerp_(means, trained, 1 / steps)
        print(
            f"epoch {epoch + 1}: {total.item() / networks.count:.4f}, {time.perf_counter() - start:.0f} s", flush=True
        )
    with torch.no_grad():
        for mean, one in zip(means, trained, strict=True):
            one.copy_(mean)


def _shorten(trained: list[torch.Tensor], count: int) -> None:
    """Shorten the step of each network that would be too long."""
    slopes = [one.grad.view(count, -1) for one in trained if one.grad is not None]
    lengths = torch.stack([(slope**2).sum(1) for slope in slopes]).sum(0).sqrt()
    factors = (_LONGEST_STEP / (lengths + 1e-6)).clamp(max=1).unsqueeze(1)
    for slope in slopes:
        slope.mul_(factors)


def right_tags(examples: Examples, held_back: torch.Tensor) -> Loss:
    """Return the loss against the right tags, of texts in other parts than the one held back from each network."""

    def loss(scores: torch.Tensor, places: torch.Tensor, texts: torch.Tensor) -> torch.Tensor:
        gold = examples.gold[places].expand(scores.shape[:3]).unsqueeze(-1)
        costs = -functional.log_softmax(scores, -1).gather(-1, gold).squeeze(-1)
        kept = examples.folds[texts] != held_back.unsqueeze(1)
        share = 1 - 1 / (int(held_back.max()) + 1)
        return costs * kept.unsqueeze(2) / share

    return loss


def taught(examples: Examples, said: torch.Tensor) -> Loss:
    """Return the loss against what the teachers say [tokens, tags] and the right tags."""

    def loss(scores: torch.Tensor, places: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        logarithms = functional.log_softmax(scores, -1)
        gold = examples.gold[places].expand(scores.shape[:3]).unsqueeze(-1)
        hard = -logarithms.gather(-1, gold).squeeze(-1)
        return SOFT * -(said[places] * logarithms).sum(-1) + (1 - SOFT) * hard

    return loss


@torch.no_grad()
def says(networks: Networks, held_back: torch.Tensor) -> torch.Tensor:
    """Return the chances of each tag of each token, by the networks that did not see its text."""
    examples = networks.examples
    order = np.argsort(np.diff(examples.bounds), kind="stable")
    groups = [torch.nonzero(held_back == fold).flatten() for fold in range(int(held_back.max()) + 1)]
    found = torch.zeros(len(groups), examples.tokens + 1, layout.TAGS, device=examples.device)
    for start in range(0, len(order), _AT_ONCE):
        places = examples.places(order[start : start + _AT_ONCE])
        scores = networks.scores(places, is_training=False)
        found[:, places] = torch.stack([scores[group].mean(0) for group in groups])
    unseen = found[
        torch.from_numpy(examples.fold_of_tokens).to(examples.device),
        torch.arange(examples.tokens, device=examples.device),
    ]
    return torch.cat([unseen.softmax(-1), torch.zeros(1, layout.TAGS, device=examples.device)])


def main() -> None:
    """Train teachers and small networks; write the numbers of the small ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="file for the numbers of all small networks")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    with np.load(given.examples) as arrays:
        examples = Examples(dict(arrays), given.device)
    held_back = torch.arange(TEACHERS, device=given.device) % (int(examples.folds.max()) + 1)
    teachers = Networks(TEACHERS, LARGE, examples, SEED)
    fit(teachers, right_tags(examples, held_back), seed=SEED)
    said = says(teachers, held_back)
    del teachers
    students = Networks(STUDENTS, SMALL, examples, SEED + 1)
    fit(students, taught(examples, said), seed=SEED + 1)
    numbers = {name: table.detach().cpu().numpy().astype(np.float32) for name, table in students.tables.items()}
    np.savez_compressed(given.out, middle=examples.middle.cpu().numpy(), **numbers)


if __name__ == "__main__":
    main()
