"""Compiled loops of the small network that reads a doubtful sequence once more and adds to the tagger's scores.

A token begins as a sum of rows, chosen by what the tagger knows of it; each layer adds what its neighbours say. Whole
numbers only, so that every processor gives the same spans.

Imports numba, and is imported only when there is something to do.
"""

from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt

from demur.filters.compiling import inner as _inner
from demur.filters.names import layout

int64: Any = numba.int64  # its stubs know numbers of Python alone

Whole: TypeAlias = Any
Bytes: TypeAlias = npt.NDArray[np.uint8]
Atoms: TypeAlias = npt.NDArray[np.uint32]
Codes: TypeAlias = npt.NDArray[np.int32]
Network: TypeAlias = tuple[npt.NDArray[np.int8], Codes, Codes, npt.NDArray[np.int64], Bytes, Atoms]
"""Rows that begin a token; weights of layers; weights to tags; `layout.Number`; by language, `layout.Asked`; and
hashes of words.

Weights of a layer: three neighbours' places, one after the other, and to; biases as the last row. A row of weights
to each tag, the last of which is its bias."""
Room: TypeAlias = tuple[Codes, Codes, Codes, npt.NDArray[np.int64], Codes, Codes]
"""Room for states by layer, token and place; sums; how far a token is from one in doubt; chosen rows; and what
is above 0 around a token, with its rows of weights."""

_INPUTS, _TOP, _SHIFT, _HASHES = (
    layout.NETWORK_INPUTS,
    layout.NETWORK_TOP,
    layout.NETWORK_SHIFT,
    layout.NETWORK_HASHES - 1,
)
_TOGETHER = 4
_MOST_TOKENS = layout.NETWORK_TOKENS
_LAYERS = len(layout.NETWORK_STEPS)
_STEPS = np.array(layout.NETWORK_STEPS, np.int64)
_REACHES = np.array([sum(layout.NETWORK_STEPS[layer:]) for layer in range(_LAYERS + 1)], np.int64)
_STARTS = np.cumsum([0, *layout.NETWORK_SECTIONS])[:-1].astype(np.int64)
_HASHED = np.array(layout.NETWORK_HASHED, np.int64)
_A_CASE, _A_START, _A_LISTS = int(layout.Atom.CASE), int(layout.Atom.START), int(layout.Atom.LISTS)
_A_FINE, _A_KNOWN, _A_WORD = int(layout.Atom.FINE_CLASS), int(layout.Atom.KNOWN), int(layout.Atom.WORD)
_LOWER, _NEVER, _ALWAYS = int(layout.Case.LOWER), int(layout.Asked.NEVER), int(layout.Asked.ALWAYS)
_N_INPUT, _N_LAYER, _N_TAGS, _N_DOUBT = (
    int(layout.Number.INPUT),
    int(layout.Number.FIRST_LAYER),
    int(layout.Number.TAGS),
    int(layout.Number.DOUBT),
)


@_inner
def write_inputs(row: Atoms, profile: Whole, inputs: npt.NDArray[np.int64]) -> None:
    """Write which rows begin a token."""
    inputs[0] = int64(row[_A_FINE])
    hashed = len(_HASHED)
    for place in range(hashed):
        inputs[1 + place] = int64(row[_HASHED[place]]) & _HASHES
    inputs[hashed + 1] = int64(row[_A_CASE]) * 3 + int64(row[_A_START])
    inputs[hashed + 2] = int64(profile)
    inputs[hashed + 3] = int64(row[_A_LISTS])
    inputs[hashed + 4] = int64(row[_A_KNOWN])
    for place in range(_INPUTS):
        inputs[place] += _STARTS[place]


@_inner
def is_doubtful(atoms: Atoms, tags: Codes, count: Whole, language: Whole, network: Network) -> bool:
    """Tell whether the margin of a token of a short sequence is narrow, in a language that the network has learned.

    Where the language is not known, a word of that language has to stand there in lower case.
    """
    _, _, _, numbers, asked, words = network
    if asked[language] == _NEVER or count > _MOST_TOKENS:
        return False
    narrow, known = False, asked[language] == _ALWAYS
    for index in range(count):
        if tags[index, 1] < numbers[_N_DOUBT]:
            narrow = True
        if not known and atoms[index + 2, _A_CASE] == _LOWER:
            for place in range(len(words)):
                if atoms[index + 2, _A_WORD] == words[place]:
                    known = True
    return narrow and known


@_inner
def add_scores(
    atoms: Atoms, count: Whole, profile: Whole, tags: Codes, emissions: Codes, network: Network, room: Room
) -> None:
    """Add to the scores of those tokens of one sequence whose margin is narrow."""
    _, _, to_tags, numbers, _, _ = network
    states, _, reach, _, _, _ = room
    width = states.shape[2]  # not a constant: the compiler would unroll every loop
    _measure(tags, count, numbers[_N_DOUBT], reach)
    _begin(atoms, count, profile, network, room)
    for layer in range(_LAYERS):
        _read_layer(count, layer, network, room)
    for index in range(count):
        if reach[index] == 0:
            state = states[_LAYERS, index]
            for tag in range(len(to_tags)):
                row = to_tags[tag]
                score = int64(row[width])
                for place in range(width):
                    score += int64(state[place]) * int64(row[place])
                emissions[index, tag] += (score * numbers[_N_TAGS]) >> _SHIFT


@_inner
def _measure(tags: Codes, count: Whole, doubt: Whole, reach: Codes) -> None:
    """Write how far each token is from the nearest one whose margin is narrow."""
    distance = _MOST_TOKENS
    for index in range(count):
        distance = 0 if tags[index, 1] < doubt else distance + 1
        reach[index] = distance
    for index in range(count - 1, -1, -1):
        distance = 0 if tags[index, 1] < doubt else distance + 1
        if distance < reach[index]:
            reach[index] = distance


@_inner
def _begin(atoms: Atoms, count: Whole, profile: Whole, network: Network, room: Room) -> None:
    table, number = network[0], network[3][_N_INPUT]
    states, sums, reach, inputs, _, _ = room
    width = states.shape[2]
    for index in range(count):
        if reach[index] > _REACHES[0]:
            continue
        write_inputs(atoms[index + 2], profile, inputs)
        for place in range(width):
            sums[place] = 0
        for which in range(_INPUTS):
            row = table[inputs[which]]  # by itself, so that the compiler adds many at once
            for place in range(width):
                sums[place] += row[place]
        state = states[0, index]
        for place in range(width):
            value = (int64(sums[place]) * number) >> _SHIFT
            state[place] = 0 if value < 0 else (value if value < _TOP else _TOP)


@_inner
def _gather(old: Codes, index: Whole, step: Whole, count: Whole, values: Codes, sources: Codes) -> Whole:
    """Write what is above 0 in a token and its neighbours, and the rows of weights for it: half of the states are 0.

    The last group that is read at once is filled up with zeros.
    """
    width, amount = old.shape[1], 0
    for side in range(3):
        neighbour = index + (side - 1) * step
        if neighbour < 0 or neighbour >= count:
            continue
        for source in range(width):
            values[amount], sources[amount] = old[neighbour, source], side * width + source
            amount += old[neighbour, source] != 0
    for place in range(amount, amount + _TOGETHER):
        values[place], sources[place] = 0, 0
    return amount


@_inner
def _read_layer(count: Whole, layer: Whole, network: Network, room: Room) -> None:
    """Write the next states: the states of before and what the neighbours add, for tokens that are still needed."""
    weights, number, step = network[1], network[3][_N_LAYER + layer], _STEPS[layer]
    states, sums, reach, _, values, sources = room
    width = states.shape[2]
    for index in range(count):
        if reach[index] > _REACHES[layer + 1]:
            continue
        biases = weights[layer, 3 * width]
        for place in range(width):
            sums[place] = biases[place]
        amount = _gather(states[layer], index, step, count, values, sources)
        for first in range(0, amount, _TOGETHER):
            one, two, three, four = values[first], values[first + 1], values[first + 2], values[first + 3]
            row_1, row_2 = weights[layer, sources[first]], weights[layer, sources[first + 1]]
            row_3, row_4 = weights[layer, sources[first + 2]], weights[layer, sources[first + 3]]
            for place in range(width):
                sums[place] += one * row_1[place] + two * row_2[place] + three * row_3[place] + four * row_4[place]
        old, new = states[layer, index], states[layer + 1, index]
        for place in range(width):
            more = (int64(sums[place]) * number) >> _SHIFT
            value = int64(old[place]) + (more if more > 0 else 0)
            new[place] = value if value < _TOP else _TOP


def new_room() -> Room:
    """Return room for one thread."""
    width = layout.NETWORK_WIDTH
    return (
        np.zeros((_LAYERS + 1, _MOST_TOKENS, width), np.int32),
        np.zeros(width, np.int32),
        np.zeros(_MOST_TOKENS, np.int32),
        np.zeros(_INPUTS, np.int64),
        np.zeros(3 * width + _TOGETHER, np.int32),
        np.zeros(3 * width + _TOGETHER, np.int32),
    )
