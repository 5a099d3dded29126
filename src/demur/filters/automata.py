r"""Patterns as finite automata: many patterns in one table, and one step a symbol whatever the text says.

A pattern is written in the usual way: literals, ``\`` before a sign, classes in brackets, ``\d`` for a digit, ``\l``
for a letter, ``\u`` for a capital, ``\w`` for a letter or a digit, ``(?:..|..)``, ``?``, ``*``, ``+``, ``{m}``,
``{m,n}``. Look-around and back-references do not exist, so that a run takes as many steps as there are symbols
(Thompson 1968; Rabin and Scott 1959). Characters are folded to the alphabet of `symbols` as those of a text are, and
match in either case.
"""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from demur.filters.symbols import CAPITALS, DIGITS, LETTERS, symbols
from demur.kernel.errors import InputError

Symbols: TypeAlias = frozenset[int]
_ANY: Symbols = frozenset(range(1, 256)) - {ord("\n")}
_SHORTHANDS: dict[str, Symbols] = {
    "d": frozenset(DIGITS),
    "l": frozenset(LETTERS),
    "u": frozenset(CAPITALS.values()),
    "w": frozenset((*DIGITS, *LETTERS)),
    "n": frozenset({ord("\n")}),
}
_SPECIAL = frozenset(r"\()[]{}|?*+.")
NEVER = "[]"
"""A pattern that nothing is in."""
DEAD, START = 0, 1
WIDTH, ENDS, NUMBERS, TABLE = 256, 257, 258, 259


class PatternError(InputError):
    """A pattern of the text filter is written in a way that its automata do not know."""

    code = "pattern-unreadable"


Automaton: TypeAlias = npt.NDArray[np.int32]
"""One array, so that a compiled loop takes it as it is: the columns of the 256 symbols, then at `WIDTH` the number of
columns and at `ENDS` and `NUMBERS` where the two lists of ends begin, then at `TABLE` the next state for each state and
column. The patterns that end in a state are ``numbers[ends[state]:ends[state + 1]]``, in ascending order."""


def compile_patterns(patterns: Sequence[str], *, is_backward: bool = False) -> Automaton:
    """Compile patterns into one automaton that tells, wherever it stands, which of them end there.

    A backward one reads from the end of a match to its beginning.
    """
    net = _Net()
    start = net.new_state()
    for number, pattern in enumerate(patterns):
        first, last = _Reader(pattern, net, is_backward=is_backward).read()
        net.empty[start].append(first)
        net.ends[last] = number
    return _smallest(*_determine(net, start))


def longest_match(automaton: Automaton, text: str) -> tuple[int, tuple[int, ...]]:
    """Read a text from its beginning; return where the longest match ends, in symbols, and its patterns.

    (0, ()) means none. The plain form of what the compiled loops do.
    """
    width, ends, numbers = (int(automaton[place]) for place in (WIDTH, ENDS, NUMBERS))
    state = START
    best: tuple[int, tuple[int, ...]] = (0, ())
    for place, symbol in enumerate(symbols(text)):
        state = int(automaton[TABLE + state * width + int(automaton[symbol])])
        first, last = automaton[ends + state : ends + state + 2]
        if last > first:
            best = (place + 1, tuple(map(int, automaton[numbers + first : numbers + last])))
    return best


def literally(words: str) -> str:
    """Write words as a pattern that means just them."""
    return "".join(f"\\{sign}" if sign in _SPECIAL else sign for sign in words)


# -------------------------------------------------------------------------------------------------------------- reading
class _Net:
    """States without order: moves on symbols, and moves on nothing."""

    def __init__(self) -> None:
        self.empty: list[list[int]] = []
        self.moves: list[tuple[Symbols, int] | None] = []
        self.ends: dict[int, int] = {}

    def new_state(self) -> int:
        self.empty.append([])
        self.moves.append(None)
        return len(self.moves) - 1


def _in_either_case(symbol: int) -> Symbols:
    return frozenset({symbol, CAPITALS.get(symbol, symbol)})


_Piece: TypeAlias = tuple[int, int]


class _Reader:
    """Reads one pattern from left to right into a net."""

    def __init__(self, pattern: str, net: _Net, *, is_backward: bool) -> None:
        self.pattern = pattern
        self.net = net
        self.is_backward = is_backward
        self.place = 0

    def read(self) -> _Piece:
        piece = self._choices()
        if self.place != len(self.pattern):
            raise self._error()
        return piece

    def _error(self) -> PatternError:
        message = f"the pattern {self.pattern!r} cannot be read at place {self.place}"
        return PatternError(message, hint="See demur.filters.automata for what a pattern may hold.")

    def _peek(self) -> str:
        return self.pattern[self.place : self.place + 1]

    def _take(self) -> str:
        if self.place >= len(self.pattern):
            raise self._error()
        self.place += 1
        return self.pattern[self.place - 1]

    def _choices(self) -> _Piece:
        first, last = self.net.new_state(), self.net.new_state()
        while True:
            one = self._sequence()
            self.net.empty[first].append(one[0])
            self.net.empty[one[1]].append(last)
            if self._peek() != "|":
                return first, last
            self.place += 1

    def _sequence(self) -> _Piece:
        pieces: list[_Piece] = []
        while self._peek() not in ("", "|", ")"):
            begin = self.place
            piece = self._atom()
            fewest, most = self._amount()
            pieces += self._repeated(begin, piece, fewest, most)
        return self._chain(pieces)

    def _chain(self, pieces: Sequence[_Piece]) -> _Piece:
        first = last = self.net.new_state()
        for one in reversed(pieces) if self.is_backward else pieces:
            self.net.empty[last].append(one[0])
            last = one[1]
        return first, last

    def _amount(self) -> tuple[int, int | None]:
        sign = self._peek()
        if sign in ("?", "*", "+"):
            self.place += 1
            return {"?": (0, 1), "*": (0, None), "+": (1, None)}[sign]
        if sign != "{":
            return 1, 1
        end = self.pattern.index("}", self.place)
        fewest, comma, most = self.pattern[self.place + 1 : end].partition(",")
        self.place = end + 1
        return int(fewest or 0), (int(most) if most else None) if comma else int(fewest)

    def _repeated(self, begin: int, piece: _Piece, fewest: int, most: int | None) -> Iterator[_Piece]:
        """Yield the piece as often as it must stand, and then as often as it may."""
        for copy in range(max(fewest, most or 0, 1)):
            one = piece if copy == 0 else self._again(begin)
            if copy >= fewest:
                self.net.empty[one[0]].append(one[1])
            if most is None and copy == max(fewest, 1) - 1:
                self.net.empty[one[1]].append(one[0])
            yield one

    def _again(self, begin: int) -> _Piece:
        self.place, after = begin, self.place
        piece = self._atom()
        self.place = after
        return piece

    def _atom(self) -> _Piece:
        sign = self._take()
        if sign == "(":
            if self.pattern.startswith("?:", self.place):
                self.place += 2
            piece = self._choices()
            if self._take() != ")":
                raise self._error()
            return piece
        if sign == "[":
            return self._one_of(self._class())
        if sign == ".":
            return self._one_of(_ANY)
        if sign == "\\" and self._peek() in _SHORTHANDS:
            return self._one_of(_SHORTHANDS[self._take()])
        return self._literal(self._take() if sign == "\\" else sign)

    def _literal(self, character: str) -> _Piece:
        return self._chain([self._one_of(_in_either_case(symbol)) for symbol in symbols(character.lower())])

    def _one_of(self, choice: Symbols) -> _Piece:
        first, last = self.net.new_state(), self.net.new_state()
        self.net.moves[first] = (choice, last)
        return first, last

    def _class(self) -> Symbols:
        is_negated = self._peek() == "^"
        self.place += is_negated
        found: set[int] = set()
        while (sign := self._take()) != "]":
            if sign == "\\" and self._peek() in _SHORTHANDS:
                found |= _SHORTHANDS[self._take()]
                continue
            first = self._take() if sign == "\\" else sign
            if self._peek() == "-" and self.pattern[self.place + 1 : self.place + 2] != "]":
                self.place += 1
                between = tuple(range(ord(first), ord(self._take()) + 1))
            else:
                between = tuple(symbols(first.lower()))
            found |= frozenset().union(*map(_in_either_case, between))
        return frozenset(_ANY - found if is_negated else found)


# ------------------------------------------------------------------------------------------------------- determinising
_Table: TypeAlias = npt.NDArray[np.int64]


def _determine(net: _Net, start: int) -> tuple[npt.NDArray[np.int64], _Table, list[tuple[int, ...]]]:
    """Follow all states at once; return the columns of the symbols, the table, and the patterns that end in a state."""
    classes, columns = _columns(net)
    closures = {state: _closure(net, state) for state in {start, *(move[1] for move in net.moves if move is not None)}}
    names: dict[frozenset[int], int] = {frozenset(): DEAD, closures[start]: START}
    table: list[list[int]] = [[DEAD] * (max(classes) + 1)]
    for states in (order := list(names)[1:]):  # grows while it is read
        targets: list[set[int]] = [set() for _ in table[0]]
        for state in states:
            move = net.moves[state]
            if move is not None:
                for column in columns[move[0]]:
                    targets[column] |= closures[move[1]]
        row = []
        for target in map(frozenset, targets):
            if target not in names:
                names[target] = len(names)
                order.append(target)
            row.append(names[target])
        table.append(row)
    ended = [tuple(sorted({net.ends[state] for state in states if state in net.ends})) for states in names]
    return np.array(classes), np.array(table), ended


def _smallest(classes: npt.NDArray[np.int64], table: _Table, ended: Sequence[tuple[int, ...]]) -> Automaton:
    """Make states one that nothing tells apart (Moore 1956), and write the automaton down."""
    kinds = {one: number for number, one in enumerate(sorted(set(ended)))}
    blocks = np.array([kinds[one] for one in ended])
    while True:
        alike = np.column_stack([blocks, blocks[table]])
        distinct, finer = np.unique(alike, axis=0, return_inverse=True)
        if len(distinct) == len(np.unique(blocks)):
            break
        blocks = finer.ravel()
    # The dead state and the start keep their numbers, the others follow in the order in which they were met.
    order = np.argsort(np.argsort(np.unique(blocks, return_index=True)[1]))
    names = order[np.unique(blocks, return_inverse=True)[1].ravel()]
    states = np.sort(np.unique(names, return_index=True)[1])
    smaller, ends = names[table[states]], [ended[state] for state in states]
    places = np.cumsum([0, *map(len, ends)])
    begin = TABLE + smaller.size
    head = [smaller.shape[1], begin, begin + len(places)]
    numbers = np.array([one for end in ends for one in end], dtype=np.int64)
    return np.concatenate([classes, head, smaller.ravel(), places, numbers]).astype(np.int32)


def _columns(net: _Net) -> tuple[list[int], dict[Symbols, list[int]]]:
    """Give symbols that no pattern tells apart one column; return the columns of each choice of symbols too."""
    choices = sorted({move[0] for move in net.moves if move is not None}, key=sorted)
    members: list[list[int]] = [[] for _ in range(256)]
    for number, choice in enumerate(choices):
        for symbol in choice:
            members[symbol].append(number)
    kinds: dict[tuple[int, ...], int] = {}
    classes = [kinds.setdefault(tuple(one), len(kinds)) for one in members]
    return classes, {choice: sorted({classes[one] for one in choice}) for choice in choices}


def _closure(net: _Net, state: int) -> frozenset[int]:
    """Return the states that move on a symbol or end a pattern, and that are reached from `state` on nothing."""
    seen, waiting = {state}, [state]
    while waiting:
        for target in net.empty[waiting.pop()]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return frozenset(one for one in seen if net.moves[one] is not None or one in net.ends)
