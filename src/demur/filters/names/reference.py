"""The tagger in plain Python: slow, and bit for bit what the kernel must find."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from demur.filters.names.layout import (
    CERTAIN,
    COARSE_SHIFT,
    EMPTY_WORD,
    ENGLISH,
    FEATURE_PARTS,
    FNV_PRIME,
    FNV_START,
    GOLDEN,
    GOLDEN_32,
    GUESS_ENGLISH,
    GUESS_LEAD,
    GUESSED_WORDS,
    HASHTAG_PARTS,
    LANGUAGES,
    LONGEST_PLACEHOLDER,
    MASK_32,
    MASK_64,
    MIX,
    NETWORK_HASHED,
    NETWORK_HASHES,
    NETWORK_SECTIONS,
    NETWORK_SHIFT,
    NETWORK_STEPS,
    NETWORK_TOKENS,
    NETWORK_TOP,
    NETWORK_WIDTH,
    SEQUENCE_BYTES,
    TABLE_END,
    TAGS,
    TOKEN_BYTES,
    WIDE,
    Asked,
    Atom,
    Case,
    Evidence,
    Kind,
    Known,
    Listed,
    Number,
    Part,
    Profile,
    Tag,
)
from demur.filters.names.model import Model, Network

_WORD_KINDS = (Kind.LOWER, Kind.UPPER, Kind.LETTER, Kind.DIGIT, Kind.MARK)
_HANDLE = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_PLACEHOLDER = re.compile(rf"\[[A-Z]{{1,{LONGEST_PLACEHOLDER}}}\]")
_ENDINGS = frozenset("!?:…•|")
_CAPITALISED = (Case.TITLE, Case.CAPITALS, Case.INITIAL, Case.MIXED)
_FAR = -(1 << 28)
_JOINED = frozenset((0xFEFF, *range(0xFE00, 0xFE10)))  # marks beyond the table: joiner and variation selectors
_PLACE = 0x9E3779B1


@dataclass(frozen=True, slots=True)
class Found:
    """One span of one row: bytes, label (0 person, 1 place) and margin."""

    row: int
    start: int
    end: int
    label: int
    margin: int


@dataclass(slots=True)
class Token:
    """One token: its text, its bytes, and the columns that `layout.Atom` names."""

    text: str
    start: int
    end: int
    atoms: list[int] = field(default_factory=lambda: [0] * len(Atom))


def find_reference(model: Model, rows: Sequence[str], languages: Sequence[int]) -> list[Found]:
    """Find the spans of every row; `languages` are ids as `layout.LANGUAGES` counts them."""
    return [
        span
        for row, text in enumerate(rows)
        for start, sequence in _sequences(model, text)
        for span in _find_in(model, row, start, sequence, languages[row])
    ]


def _sequences(model: Model, text: str) -> Iterator[tuple[int, str]]:
    """Cut a row at newlines, and at the last gap within `SEQUENCE_BYTES`."""
    start, place = 0, 0
    while place < len(text):
        stop = _sequence_end(model, text, place)
        yield start, text[place:stop]
        start += len(text[place:stop].encode())
        place = stop


def _sequence_end(model: Model, text: str, place: int) -> int:
    length, stop, gap = 0, place, 0
    while stop < len(text):
        size = len(text[stop].encode())
        if length + size > SEQUENCE_BYTES:
            return gap or stop
        kind = _kind(model, text[stop])
        length, stop = length + size, stop + 1
        if kind == Kind.NEWLINE:
            return stop
        if kind == Kind.SPACE:
            gap = stop
    return stop


def _kind(model: Model, character: str) -> int:
    code = ord(character)
    if code >= TABLE_END:
        return Kind.MARK if code in _JOINED else Kind.SIGN
    return int(model.kinds[code])


def _find_in(model: Model, row: int, offset: int, sequence: str, language: int) -> list[Found]:
    tokens = _tokens(model, sequence)
    if not tokens:
        return []
    known = language or _guess_language(model, tokens)
    profile = _complete(model, tokens, known)
    tags = _with_hashtags(model, tokens, _best_tags(model, tokens, profile, known), known)
    found, index = [], 0
    while index < len(tokens):
        tag = tags[index][0]
        last = index
        if tag in {Tag.OUTSIDE, Tag.BEGIN_ORGANISATION, Tag.IN_ORGANISATION}:
            index += 1
            continue
        inside = Tag.IN_PERSON if tag in {Tag.BEGIN_PERSON, Tag.IN_PERSON} else Tag.IN_LOCATION
        while last + 1 < len(tokens) and tags[last + 1][0] == inside:
            last += 1
        margin = min(one for _, one in tags[index : last + 1])
        label = 0 if inside == Tag.IN_PERSON else 1
        found.append(Found(row, offset + tokens[index].start, offset + tokens[last].end, label, margin))
        index = last + 1
    return found


# --------------------------------------------------------------------------------------------------------------- tokens
def _tokens(model: Model, text: str) -> list[Token]:
    found, place, start, is_joined = [], 0, 0, False
    while place < len(text):
        kind = _kind(model, text[place])
        if kind in {Kind.SPACE, Kind.NEWLINE}:
            place, start, is_joined = place + 1, start + len(text[place].encode()), False
            continue
        stop, case = _token_end(model, text, place, is_joined=is_joined)
        word = text[place:stop]
        token = Token(word, start, start + len(word.encode()))
        _own_atoms(model, token, case)
        found.append(token)
        is_joined = case is None and kind in _WORD_KINDS and kind != Kind.MARK
        place, start = stop, token.end
    return found


def _token_end(model: Model, text: str, place: int, *, is_joined: bool) -> tuple[int, Case | None]:
    if text[place] == "@" and not is_joined and text[place + 1 : place + 2] in _HANDLE:
        stop = place + 1
        while stop < len(text) and stop - place < TOKEN_BYTES and text[stop] in _HANDLE:
            stop += 1
        return stop, Case.HANDLE
    if placeholder := _PLACEHOLDER.match(text, place):
        return placeholder.end(), Case.HANDLE
    if not is_joined and _is_link(text, place):
        stop = place + 1
        while stop < len(text) and _kind(model, text[stop]) not in {Kind.SPACE, Kind.NEWLINE}:
            stop += 1
        return stop, Case.LINK
    kind, stop, length = _kind(model, text[place]), place + 1, len(text[place].encode())
    if kind in _WORD_KINDS and kind != Kind.MARK:
        while stop < len(text) and length < TOKEN_BYTES and _kind(model, text[stop]) in _WORD_KINDS:
            length += len(text[stop].encode())
            stop += 1
    return stop, None


def _is_link(text: str, place: int) -> bool:
    ahead = text[place : place + 5]
    if len(ahead.encode()) + len(text[place + 5 :].encode()) < 5:  # noqa: PLR2004 -- `http:`
        return False
    coarse = "".join(chr(ord(one) | 0x20) if one.isascii() else "\0" for one in ahead)
    return (coarse[:3] == "www" and ahead[3:4] == ".") or coarse in {"http:", "https"}


def hash_codes(codes: Sequence[int]) -> int:
    """Hash code points by FNV-1a, a code point where it takes a byte."""
    state = FNV_START
    for code in codes:
        state = ((state ^ code) * FNV_PRIME) & MASK_32
    return state


def hash_word(model_lower: Sequence[int], word: str) -> int:
    """Hash a word as the lexicon knows it: in lower case, without marks that stand alone."""
    return hash_codes([int(model_lower[ord(one)]) if ord(one) < TABLE_END else ord(one) for one in word])


def _own_atoms(model: Model, token: Token, case: Case | None) -> None:
    atoms = token.atoms
    if case is not None:
        atoms[: Atom.SHAPE + 1] = [EMPTY_WORD + case] * (Atom.SHAPE + 1)
        atoms[Atom.CASE] = case
        return
    kinds = [_kind(model, one) for one in token.text]
    codes = [ord(one) for one, kind in zip(token.text, kinds, strict=True) if kind != Kind.MARK]
    kinds = [kind for kind in kinds if kind != Kind.MARK]
    base = [int(model.bases[code]) if code < TABLE_END else code for code in codes]
    atoms[Atom.WORD] = hash_codes([int(model.lowers[code]) if code < TABLE_END else code for code in codes])
    atoms[Atom.PLAIN] = hash_codes(base)
    atoms[Atom.PREFIX_3] = hash_codes(base[:3]) if len(base) >= 3 else 0  # noqa: PLR2004 -- three letters
    atoms[Atom.PREFIX_4] = hash_codes(base[:4]) if len(base) >= 4 else 0  # noqa: PLR2004 -- four letters
    backwards = [*reversed(base), 0, 0, 0, 0]
    for length, column in enumerate((Atom.SUFFIX_1, Atom.SUFFIX_2, Atom.SUFFIX_3, Atom.SUFFIX_4), start=1):
        atoms[column] = hash_codes(backwards[:length])
    runs = [kind for place, kind in enumerate(kinds) if place == 0 or kinds[place - 1] != kind]
    atoms[Atom.SHAPE] = hash_codes(runs)
    atoms[Atom.CASE] = _case(kinds)


def _case(kinds: list[int]) -> Case:
    if not kinds or kinds == [Kind.SIGN]:
        return Case.SIGN
    uppers, digits = kinds.count(Kind.UPPER), kinds.count(Kind.DIGIT)
    if digits:
        return Case.NUMBER if digits == len(kinds) else Case.WITH_DIGITS
    if not uppers:
        return Case.LOWER if Kind.LOWER in kinds else Case.CASELESS
    if len(kinds) == 1:
        return Case.INITIAL
    if uppers == len(kinds):
        return Case.CAPITALS
    return Case.TITLE if uppers == 1 and kinds[0] == Kind.UPPER else Case.MIXED


def _is_among(bits: npt.NDArray[np.uint32], word: int) -> bool:
    mask = (len(bits) << 5) - 1
    places = (word & mask, ((word * 0x5BD1E995) & MASK_32) >> 8 & mask)
    return all(int(bits[place >> 5]) >> (place & 31) & 1 for place in places)


def in_language(word: int, language: int) -> int:
    """Return the hash of a word as one of a language."""
    return ((word ^ language * GOLDEN_32) * FNV_PRIME) & MASK_32


def _guess_language(model: Model, tokens: list[Token]) -> int:
    lower = [token.atoms[Atom.WORD] for token in tokens if token.atoms[Atom.CASE] == Case.LOWER][:GUESSED_WORDS]
    votes = Counter(
        {
            language: sum(_is_among(model.vocabulary, in_language(word, language)) for word in lower)
            for language in range(1, 1 + len(LANGUAGES))
        }
    )
    english = set(model.network.words.tolist())
    votes[ENGLISH] += GUESS_ENGLISH * sum(word in english for word in lower)
    (best, most), (_, next_most) = votes.most_common(2)
    return best if most - next_most >= GUESS_LEAD else 0


def _known(model: Model, word: int, language: int) -> int:
    known = Known.COMMON if _is_among(model.common, word) else 0
    is_word = language > 0 and _is_among(model.vocabulary, in_language(word, language))
    return known | (Known.VOCABULARY if is_word else 0)


def _complete(model: Model, tokens: list[Token], language: int) -> Profile:
    start, cases = 1, []
    for index, token in enumerate(tokens):
        atoms = token.atoms
        case = atoms[Atom.CASE]
        atoms[Atom.START] = start
        if Case.LOWER <= case <= Case.CASELESS:
            entry = model.entries.get(atoms[Atom.WORD], 0)
            atoms[Atom.LISTS], atoms[Atom.COARSE_CLASS] = entry & 0xFF, entry >> 8 & 0x1FF
            atoms[Atom.FINE_CLASS] = entry >> 17 & 0xFFF
            atoms[Atom.KNOWN] = _known(model, atoms[Atom.WORD], language)
            cases.append(case)
            start = 0
        elif case in {Case.SIGN, Case.HANDLE, Case.LINK}:
            after_initial = index > 0 and tokens[index - 1].atoms[Atom.CASE] == Case.INITIAL
            start = _start_after(atoms[Atom.WORD], start, after_initial=after_initial)
        else:
            start = 0
    return _profile(cases)


def _start_after(word: int, start: int, *, after_initial: bool) -> int:
    if start == 1:
        return 1
    if word == hash_codes([ord(".")]):
        return start if after_initial else 2
    return 2 if word in {hash_codes([ord(ending)]) for ending in _ENDINGS} else start


def _profile(cases: list[int]) -> Profile:
    lowers, capitals = cases.count(Case.LOWER), cases.count(Case.CAPITALS)
    titles = cases.count(Case.TITLE) + cases.count(Case.INITIAL)
    if titles + capitals == 0:
        return Profile.NO_CAPITALS
    if 2 * capitals > lowers + titles + capitals:
        return Profile.MOSTLY_CAPITALS
    if 10 * titles > 6 * (lowers + titles + capitals) and titles > 2:  # noqa: PLR2004 -- as in the kernel
        return Profile.TITLE_CASE
    return Profile.ONE_CAPITAL if titles == 1 and capitals == 0 else Profile.MIXED


# ------------------------------------------------------------------------------------------------------------- hashtags
def _with_hashtags(
    model: Model, tokens: list[Token], tags: list[tuple[int, int]], language: int
) -> list[tuple[int, int]]:
    found = list(tags)
    for index in range(1, len(tokens)):
        sign, token = tokens[index - 1 : index + 1]
        is_hashtag = token.atoms[Atom.CASE] == Case.MIXED and sign.text == "#" and sign.end == token.start
        if is_hashtag and _is_hashtag_of_person(model, token.text, language):
            found[index - 1], found[index] = (int(Tag.BEGIN_PERSON), CERTAIN), (int(Tag.IN_PERSON), CERTAIN)
    return found


def _is_hashtag_of_person(model: Model, text: str, language: int) -> bool:
    shape = "".join({Kind.UPPER: "A", Kind.LOWER: "a"}.get(Kind(_kind(model, letter)), "?") for letter in text)
    if not re.fullmatch(f"(Aa+){{2,{HASHTAG_PARTS}}}", shape):
        return False
    bounds = [*(place for place, letter in enumerate(shape) if letter == "A"), len(text)]
    words = [hash_word(model.lowers.tolist(), text[start:end]) for start, end in pairwise(bounds)]
    lists = [model.entries.get(word, 0) for word in words]

    def is_word(word: int) -> bool:
        return bool(_known(model, word, language) or _known(model, word, ENGLISH))

    first, last = lists[0], lists[-1]
    if not first & Listed.GIVEN or not last & Listed.SURNAME:
        return False
    if any(not one & (Listed.GIVEN | Listed.SURNAME) for one in lists[1:-1]):
        return False
    are_words = is_word(words[0]) + is_word(words[-1])
    is_usual = bool(first & Listed.COMMON_GIVEN) and not first & Listed.TOWN
    return are_words == 0 or (are_words == 1 and is_usual)


# ------------------------------------------------------------------------------------------------------------- features
def _outside() -> list[int]:
    atoms = [0] * len(Atom)
    atoms[: Atom.SHAPE + 1] = [EMPTY_WORD] * (Atom.SHAPE + 1)
    atoms[Atom.CASE] = Case.OUTSIDE
    return atoms


def _may_be_name(atoms: list[int]) -> bool:
    if atoms[Atom.CASE] in _CAPITALISED:
        return True
    if atoms[Atom.CASE] not in {Case.LOWER, Case.CASELESS}:
        return False
    return not atoms[Atom.KNOWN] & Known.COMMON or bool(atoms[Atom.LISTS] & (Listed.GIVEN | Listed.SURNAME))


def _parts(rows: Sequence[list[int]], profile: int, language: int) -> list[int]:
    """Return what the features of the token in the middle of five are made of."""
    b2, b1, own, n1, n2 = rows
    case, case_b, case_n = own[Atom.CASE], b1[Atom.CASE], n1[Atom.CASE]
    lists, lists_b, lists_n = own[Atom.LISTS], b1[Atom.LISTS], n1[Atom.LISTS]
    fine, fine_b, fine_n = own[Atom.FINE_CLASS], b1[Atom.FINE_CLASS], n1[Atom.FINE_CLASS]
    group, group_b, group_n = fine >> COARSE_SHIFT, fine_b >> COARSE_SHIFT, fine_n >> COARSE_SHIFT
    coarse_b, coarse_n = b1[Atom.COARSE_CLASS], n1[Atom.COARSE_CLASS]
    style = (case * 4 + own[Atom.START]) * 8 + profile
    word_bb, word_b, word, word_n, word_nn = (int(bool(atoms[Atom.KNOWN] & Known.VOCABULARY)) for atoms in rows)
    words = (word_b * 2 + word) * 2 + word_n
    extra = {
        Part.NOTHING: 0,
        Part.CASE_START: case * 4 + own[Atom.START],
        Part.CASE_STYLE: style,
        Part.THREE_CASES: (case_b * 16 + case) * 16 + case_n,
        Part.CASES_BEFORE: b2[Atom.CASE] * 16 + case_b,
        Part.CASES_AFTER: case * 16 + case_n,
        Part.LISTS_BEFORE: lists_b * WIDE + lists,
        Part.LISTS_AFTER: lists * WIDE + lists_n,
        Part.THREE_LISTS: (lists_b * WIDE + lists) * WIDE + lists_n,
        Part.FINE_BEFORE: fine_b * WIDE + fine,
        Part.FINE_AFTER: fine * WIDE + fine_n,
        Part.COARSE_FINE: coarse_b * WIDE + fine,
        Part.FINE_COARSE: fine * WIDE + coarse_n,
        Part.COARSE_BEFORE: b2[Atom.COARSE_CLASS] * WIDE + coarse_b,
        Part.COARSE_AFTER: coarse_n * WIDE + n2[Atom.COARSE_CLASS],
        Part.LANGUAGE: language,
        Part.LANGUAGE_CASE: language * 16 + case,
        Part.LISTS_CASE: lists * 16 + case,
        Part.GROUPS_AFTER: group * WIDE + group_n,
        Part.GROUPS_BEFORE: group_b * WIDE + group,
        Part.STYLE_AFTER: style * 16 + case_n,
        Part.STYLE_BEFORE: style * 16 + case_b,
        Part.FINE_CASE: fine * 16 + case,
        Part.WORDS: words,
        Part.LISTS_WORD: lists * 2 + word,
        Part.FIVE_WORDS: (words * 2 + word_bb) * 2 + word_nn,
        Part.WORD_CASE: case * 2 + word,
    }
    return [*(atom for row in rows for atom in row), *(extra[part] for part in Part)]


def hash_features(rows: Sequence[list[int]], profile: int, language: int, mask: int) -> list[int]:
    """Return the slots of the features of the token in the middle of five."""
    parts = _parts(rows, profile, language)
    return [_slot(parts[first], parts[second], feature, mask) for feature, (first, second) in enumerate(FEATURE_PARTS)]


def _slot(first: int, second: int, template: int, mask: int) -> int:
    state = ((first + (template + 1) * _PLACE) * GOLDEN) & MASK_64
    state = (((state ^ state >> 32) + second) * MIX) & MASK_64
    return state >> 32 & mask


# ----------------------------------------------------------------------------------------------------------------- tags
def _best_tags(model: Model, tokens: list[Token], profile: int, language: int) -> list[tuple[int, int]]:
    """Return tag and margin of every token; where one is narrow, after the network was asked."""
    emissions = _emissions(model, tokens, profile, language)
    tags = _decode(model, emissions)
    network = model.network
    is_asked = _is_asked(network, tokens, language)
    doubtful = [margin < network.numbers[Number.DOUBT] for _, margin in tags]
    if not is_asked or not any(doubtful):
        return tags
    more = network_scores(network, [token.atoms for token in tokens], profile)
    for index in range(len(tokens)):
        if doubtful[index]:
            emissions[index] = [score + one for score, one in zip(emissions[index], more[index], strict=True)]
    return _decode(model, emissions)


def _is_asked(network: Network, tokens: list[Token], language: int) -> bool:
    """Tell whether a sequence is short enough, and in the network's language as far as one can tell."""
    asked = network.languages[language]
    if asked == Asked.NEVER or len(tokens) > NETWORK_TOKENS:
        return False
    lower = {token.atoms[Atom.WORD] for token in tokens if token.atoms[Atom.CASE] == Case.LOWER}
    return bool(asked == Asked.ALWAYS or lower & set(network.words.tolist()))


def network_scores(network: Network, rows: Sequence[list[int]], profile: int) -> list[list[int]]:
    """Return what the network adds to the scores of each token, whether or not the token is scored."""
    numbers = network.numbers.tolist()
    places = range(NETWORK_WIDTH)
    states = []
    for atoms in rows:
        chosen = [network.rows[row].tolist() for row in _begin(atoms, profile)]
        sums = [sum(row[place] for row in chosen) for place in places]
        states.append([min(max(one * numbers[Number.INPUT] >> NETWORK_SHIFT, 0), NETWORK_TOP) for one in sums])
    for layer, step in enumerate(NETWORK_STEPS):
        weights, number = network.layers[layer].tolist(), numbers[Number.FIRST_LAYER + layer]
        states = [_next_state(states, index, step, weights, number) for index in range(len(states))]
    to_tags = network.to_tags.tolist()
    return [
        [
            (row[-1] + sum(value * weight for value, weight in zip(state, row[:-1], strict=True)))
            * numbers[Number.TAGS]
            >> NETWORK_SHIFT
            for row in to_tags
        ]
        for state in states
    ]


def _begin(atoms: list[int], profile: int) -> list[int]:
    """Return the rows whose sum a token begins with."""
    chosen = [
        atoms[Atom.FINE_CLASS],
        *(atoms[atom] % NETWORK_HASHES for atom in NETWORK_HASHED),
        atoms[Atom.CASE] * 3 + atoms[Atom.START],
        profile,
        atoms[Atom.LISTS],
        atoms[Atom.KNOWN],
    ]
    starts = accumulate((0, *NETWORK_SECTIONS[:-1]))
    return [start + row for start, row in zip(starts, chosen, strict=True)]


def _next_state(states: list[list[int]], index: int, step: int, weights: list[list[int]], number: int) -> list[int]:
    """Return what a token becomes: what it was, and what it and two neighbours add."""
    sums = list(weights[-1])
    for side, neighbour in enumerate((index - step, index, index + step)):
        if 0 <= neighbour < len(states):
            rows = weights[side * NETWORK_WIDTH : (side + 1) * NETWORK_WIDTH]
            for value, row in zip(states[neighbour], rows, strict=True):
                sums = [one + value * weight for one, weight in zip(sums, row, strict=True)]
    return [
        min(value + max(one * number >> NETWORK_SHIFT, 0), NETWORK_TOP)
        for value, one in zip(states[index], sums, strict=True)
    ]


def _decode(model: Model, emissions: list[list[int]]) -> list[tuple[int, int]]:
    """Return tag and margin of every token, by max-product from both ends."""
    moves = [[int(score) for score in row] for row in model.transitions]
    before = [[emissions[0][tag] + moves[TAGS][tag] for tag in range(TAGS)]]
    for scores in emissions[1:]:
        last = before[-1]
        before.append(
            [max(max(last[one] + moves[one][tag] for one in range(TAGS)) + scores[tag], _FAR) for tag in range(TAGS)]
        )
    after, chosen, tags = [0] * TAGS, -1, []
    for index in range(len(emissions) - 1, -1, -1):
        sums = [before[index][tag] + after[tag] for tag in range(TAGS)]
        ways = sums if chosen < 0 else [before[index][tag] + moves[tag][chosen] for tag in range(TAGS)]
        chosen = ways.index(max(ways))
        others = [score for tag, score in enumerate(sums) if (tag + 1) // 2 != (chosen + 1) // 2]
        tags.append((chosen, max(sums) - max(others)))
        after = [
            max(*(moves[tag][to] + emissions[index][to] + after[to] for to in range(TAGS)), _FAR) for tag in range(TAGS)
        ]
    return tags[::-1]


def _evidence(atoms: list[int]) -> Evidence:
    if atoms[Atom.LISTS] & (Listed.GIVEN | Listed.SURNAME):
        return Evidence.LISTED
    return Evidence.WORD if atoms[Atom.KNOWN] & Known.VOCABULARY else Evidence.UNLISTED


def _emissions(model: Model, tokens: list[Token], profile: int, language: int) -> list[list[int]]:
    rows = [_outside(), _outside(), *(token.atoms for token in tokens), _outside(), _outside()]
    mask, found = len(model.table) - 1, []
    for index in range(len(tokens)):
        before, own, after = rows[index + 1 : index + 4]
        is_word = own[Atom.CASE] not in {Case.HANDLE, Case.LINK}
        if _may_be_name(own) or (is_word and _may_be_name(before) and _may_be_name(after)):
            slots = hash_features(rows[index : index + 5], profile, language, mask)
            rows_of_weights = [int(model.table[slot]) for slot in slots]
            scores = [sum((row >> 8 * tag & 0xFF) - 128 for row in rows_of_weights) for tag in range(TAGS)]
            scores[Tag.OUTSIDE] += int(model.outside[language][_evidence(own)])
            found.append(scores)
        else:
            found.append([0] + [_FAR] * (TAGS - 1))
    return found
