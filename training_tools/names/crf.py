"""Trains a linear-chain conditional random field over hashed features (Lafferty, McCallum and Pereira, 2001).

One sentence after the other in a shuffled order, AdaGrad (Duchi, Hazan and Singer, 2011) with dropout of features: the
same seed gives the same weights, because nothing runs side by side.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from demur.filters.compiling import outer
from demur.filters.names import kernel, layout

Floats: TypeAlias = npt.NDArray[np.float32]
Doubles: TypeAlias = npt.NDArray[np.float64]
Places: TypeAlias = npt.NDArray[np.int64]

TAGS, ROW, FEATURES = layout.TAGS, layout.ROW, layout.FEATURES
_SMALLEST_GRADIENT = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """Sequences ready for training: `places[i]` is the row of `slots` of token i, -1 where it is not scored."""

    slots: npt.NDArray[np.uint32]
    places: Places
    gold: npt.NDArray[np.int8]
    bounds: Places
    weights: Floats
    """How much each sequence counts."""


@njit(cache=True)
def _sentence(
    start: int,
    end: int,
    arrays: tuple[npt.NDArray[np.uint32], Places, npt.NDArray[np.int8]],
    table: Floats,
    squares: Floats,
    moves: tuple[Doubles, Doubles],
    room: tuple[Doubles, Doubles, npt.NDArray[np.uint8]],
    rates: tuple[float, float, float],
) -> float:
    """Take one step on one sentence; return its negative log likelihood."""
    slots, places, gold = arrays
    transitions, move_squares = moves
    alpha, beta, kept = room
    rate, dropout, weight = rates
    length = end - start
    scale = 1.0 / (1.0 - dropout)
    loss = 0.0
    emissions = np.zeros((length, TAGS))
    shifts = np.exp(transitions)
    for index in range(length):
        place = places[start + index]
        if place < 0:
            emissions[index, 0] = 1.0
            continue
        scores = np.zeros(TAGS)
        for feature in range(FEATURES):
            kept[index, feature] = np.random.random() >= dropout
            if kept[index, feature]:
                row = table[slots[place, feature]]
                for tag in range(TAGS):
                    scores[tag] += row[tag]
        scores *= scale
        if gold[start + index] >= 0:
            loss -= scores[gold[start + index]]
        top = scores.max()
        loss += top
        for tag in range(TAGS):
            emissions[index, tag] = np.exp(scores[tag] - top)
    for tag in range(TAGS):
        alpha[0, tag] = emissions[0, tag] * shifts[TAGS, tag]
    for index in range(length):
        if index > 0:
            for tag in range(TAGS):
                total = 0.0
                for previous in range(TAGS):
                    total += alpha[index - 1, previous] * shifts[previous, tag]
                alpha[index, tag] = total * emissions[index, tag]
        norm = alpha[index, :TAGS].sum()
        alpha[index, :TAGS] /= norm
        loss += np.log(norm)
    beta[length - 1, :TAGS] = 1.0
    for index in range(length - 2, -1, -1):
        norm = 0.0
        for tag in range(TAGS):
            total = 0.0
            for following in range(TAGS):
                total += shifts[tag, following] * emissions[index + 1, following] * beta[index + 1, following]
            beta[index, tag] = total
            norm += total
        beta[index, :TAGS] /= norm
    gradient = np.zeros((ROW, ROW))
    for index in range(length):
        first = TAGS if index == 0 else gold[start + index - 1]
        loss -= transitions[first, gold[start + index]]
        gradient[first, gold[start + index]] -= 1.0
        if index == 0:
            total = 0.0
            for tag in range(TAGS):
                total += alpha[0, tag] * beta[0, tag]
            for tag in range(TAGS):
                gradient[TAGS, tag] += alpha[0, tag] * beta[0, tag] / total
        else:
            total = 0.0
            for previous in range(TAGS):
                for tag in range(TAGS):
                    pair = alpha[index - 1, previous] * shifts[previous, tag]
                    total += pair * emissions[index, tag] * beta[index, tag]
            for previous in range(TAGS):
                for tag in range(TAGS):
                    pair = alpha[index - 1, previous] * shifts[previous, tag]
                    gradient[previous, tag] += pair * emissions[index, tag] * beta[index, tag] / total
        place = places[start + index]
        if place < 0:
            continue
        total = 0.0
        for tag in range(TAGS):
            total += alpha[index, tag] * beta[index, tag]
        largest = 0.0
        slopes = np.empty(TAGS)
        for tag in range(TAGS):
            slopes[tag] = alpha[index, tag] * beta[index, tag] / total - (tag == gold[start + index])
            largest = max(largest, abs(slopes[tag]))
        if largest < _SMALLEST_GRADIENT:
            continue
        for feature in range(FEATURES):
            if not kept[index, feature]:
                continue
            row, square = table[slots[place, feature]], squares[slots[place, feature]]
            for tag in range(TAGS):
                slope = np.float32(slopes[tag] * weight)
                square[tag] += slope * slope
                row[tag] -= np.float32(rate) * slope / np.sqrt(square[tag])
    for first in range(TAGS + 1):
        for tag in range(TAGS):
            slope = gradient[first, tag] * weight
            if slope != 0.0:
                move_squares[first, tag] += slope * slope
                transitions[first, tag] -= rate * slope / np.sqrt(move_squares[first, tag])
    return loss


@njit(cache=True)
def _epoch(
    order: Places,
    arrays: tuple[npt.NDArray[np.uint32], Places, npt.NDArray[np.int8]],
    bounds: Places,
    weights: Floats,
    table: Floats,
    squares: Floats,
    moves: tuple[Doubles, Doubles],
    settings: tuple[float, float, int, int],
) -> float:
    rate, dropout, seed, longest = settings
    np.random.seed(seed)
    room = (np.zeros((longest, ROW)), np.zeros((longest, ROW)), np.zeros((longest, FEATURES), np.uint8))
    loss = 0.0
    for sentence in order:
        start, end = bounds[sentence], bounds[sentence + 1]
        if end > start:
            rates = (rate, dropout, float(weights[sentence]))
            loss += _sentence(start, end, arrays, table, squares, moves, room, rates)
    return loss


def train(lattices: Iterable[Lattice], *, bits: int, rate: float, dropout: float, seed: int) -> tuple[Floats, Doubles]:
    """Train, one epoch on each lattice; return the weights and the transitions, whose last row begins a sequence."""
    table = np.zeros((1 << bits, ROW), np.float32)
    squares = np.full((1 << bits, ROW), 1e-2, np.float32)
    moves = (np.zeros((ROW, ROW)), np.full((ROW, ROW), 1e-2))
    shuffler = np.random.default_rng(seed)
    for epoch, lattice in enumerate(lattices):
        arrays = (lattice.slots, lattice.places, lattice.gold)
        longest = int(np.diff(lattice.bounds).max())
        order = shuffler.permutation(len(lattice.bounds) - 1)
        settings = (rate, dropout, seed * 1000 + epoch, longest)
        loss = _epoch(order, arrays, lattice.bounds, lattice.weights, table, squares, moves, settings)
        print(f"epoch {epoch + 1}: {loss / len(lattice.gold):.4f}", flush=True)
    return table, moves[0]


@outer
def read_atoms(
    data: npt.NDArray[np.uint8],
    offsets: Places,
    alphabet: kernel.Alphabet,
    languages: npt.NDArray[np.uint8],
    lexicon: kernel.Lexicon,
    found: tuple[Places, npt.NDArray[np.uint32], Places],
) -> int:
    """Write tokens, atoms with sentinels, and sequences: their first row of atoms, tokens, profile and text."""
    tokens, atoms, sequences = found
    amount, first = 0, 0
    for row in range(len(offsets) - 1):
        place = offsets[row]
        while place < offsets[row + 1]:
            stop = kernel.sequence_end(data, place, offsets[row + 1], alphabet)
            count = kernel.read_tokens(data, place, stop, alphabet, tokens[first + 2 :, :2], atoms[first:])
            if count > 0:
                tokens[first + 2 : first + 2 + count, 2] = row
                sequences[amount, 0], sequences[amount, 1] = first, count
                sequences[amount, 2] = kernel.complete_atoms(atoms[first:], count, languages[row], lexicon)
                sequences[amount, 3] = row
                amount += 1
                first += count + 4
            place = stop
    sequences[amount, 0] = first
    return amount


@outer
def count_scored(atoms: npt.NDArray[np.uint32], sequences: Places, amount: int) -> int:
    """Count the tokens that are scored."""
    scored = 0
    for index in range(amount):
        for row in range(sequences[index, 0] + 2, sequences[index, 0] + 2 + sequences[index, 1]):
            scored += kernel.is_scored(atoms, row)
    return scored


@outer
def write_slots(
    atoms: npt.NDArray[np.uint32],
    sequences: Places,
    languages: npt.NDArray[np.uint8],
    places: Places,
    slots: npt.NDArray[np.uint32],
    mask: np.uint64,
) -> None:
    """Hash the features of every token that is scored."""
    token, scored = 0, 0
    parts = np.zeros(layout.PARTS, np.uint64)
    for index in range(len(sequences)):
        for row in range(sequences[index, 0] + 2, sequences[index, 0] + 2 + sequences[index, 1]):
            places[token] = -1
            if kernel.is_scored(atoms, row):
                profile, language = sequences[index, 2], languages[sequences[index, 3]]
                kernel.hash_features(atoms, row, profile, language, parts, slots[scored], mask)
                places[token] = scored
                scored += 1
            token += 1
