"""Hashes of words and spans of words, in plain Python: what the kernels must reproduce bit by bit.

A word is hashed by SipHash-1-3 (Aumasson and Bernstein, 2012), which needs the key to aim at a collision; a span is a
chain of its words' hashes.
"""

from collections.abc import Sequence
from typing import Final

_MASK: Final = (1 << 64) - 1
GOLDEN: Final = 0x9E3779B97F4A7C15
MIX_FIRST: Final = 0xBF58476D1CE4E5B9
MIX_SECOND: Final = 0x94D049BB133111EB
SIP_INITIAL: Final = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def siphash13(key: tuple[int, int], content: bytes) -> int:
    """Hash bytes with a key of two 64-bit words by SipHash-1-3."""
    state = [initial ^ key[index % 2] for index, initial in enumerate(SIP_INITIAL)]
    whole = len(content) // 8 * 8
    for place in range(0, whole, 8):
        _compress(state, int.from_bytes(content[place : place + 8], "little"))
    _compress(state, int.from_bytes(content[whole:], "little") | (len(content) & 0xFF) << 56)
    state[2] ^= 0xFF
    for _ in range(3):
        _round(state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def chain(state: int, word_hash: int) -> int:
    """Add one word to the hash of a span."""
    mixed = ((state + GOLDEN) * MIX_FIRST & _MASK) ^ word_hash
    mixed = (mixed ^ mixed >> 31) * MIX_SECOND & _MASK
    return mixed ^ mixed >> 29


def chain_all(word_hashes: Sequence[int], *, seed: int = 0) -> int:
    """Hash a span of words."""
    state = seed
    for word_hash in word_hashes:
        state = chain(state, word_hash)
    return state


def _compress(state: list[int], block: int) -> None:
    state[3] ^= block
    _round(state)
    state[0] ^= block


def _round(state: list[int]) -> None:
    a, b, c, d = state
    a = (a + b) & _MASK
    b = _rotate(b, 13) ^ a
    a = _rotate(a, 32)
    c = (c + d) & _MASK
    d = _rotate(d, 16) ^ c
    a = (a + d) & _MASK
    d = _rotate(d, 21) ^ a
    c = (c + b) & _MASK
    b = _rotate(b, 17) ^ c
    c = _rotate(c, 32)
    state[:] = a, b, c, d


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & _MASK
