"""Copies: what counts as one, whose it is, what is cut and what stays, and how an index is kept."""

import mmap
import subprocess
import sys
from datetime import UTC, datetime

import polars as pl
import pytest

from demur.filters.copies import (
    MATCH_COLUMNS,
    Fingerprints,
    drop_older,
    find_copies,
    find_copies_reference,
    index_texts,
    index_texts_reference,
    quoted_spans,
)
from demur.filters.fingerprints import FingerprintsError
from demur.filters.trail import Trail

LAKE = "The quiet lynx walks along the frozen lake every single morning before the village wakes up"
NEWS = "Je quitte mon travail demain."
GOLDEN_DIGEST = "081f29e5f071b4ed476c244c7f530bec467ae70126f8e1d2d5a61fcce957d2ff"

# Invented sentences, one for each official language of the European Union.
LANGUAGES = {
    "bg": "Тихият рис минава покрай замръзналото езеро всяка сутрин, преди селото да се събуди",
    "cs": "Tichý rys každé ráno obchází zamrzlé jezero dřív, než se celá vesnice probudí",
    "da": "Den stille los går hver morgen langs den frosne sø, før hele landsbyen vågner",
    "de": "Der stille Luchs läuft jeden Morgen am gefrorenen See entlang, bevor das Dorf aufwacht",
    "el": "Ο ήσυχος λύγκας περπατά κάθε πρωί δίπλα στην παγωμένη λίμνη πριν ξυπνήσει το χωριό",
    "en": "The quiet lynx walks along the frozen lake every morning before the village wakes up",
    "es": "El lince callado camina cada mañana junto al lago helado antes de que despierte el pueblo",
    "et": "Vaikne ilves kõnnib igal hommikul jäätunud järve ääres, enne kui küla ärkab",
    "fi": "Hiljainen ilves kävelee joka aamu jäätyneen järven rantaa ennen kuin kylä herää",
    "fr": "Le lynx tranquille longe chaque matin le lac gelé avant que le village ne s'éveille",
    "ga": "Siúlann an lincse chiúin cois an locha reoite gach maidin sula ndúisíonn an sráidbhaile",
    "hr": "Tihi ris svakog jutra šeće uz zaleđeno jezero prije nego što se selo probudi",
    "hu": "A csendes hiúz minden reggel végigsétál a befagyott tó partján, mielőtt felébred a falu",
    "it": "La lince silenziosa cammina ogni mattina lungo il lago ghiacciato prima che il paese si svegli",
    "lt": "Tyli lūšis kiekvieną rytą eina palei užšalusį ežerą, kol kaimas dar nepabudęs",
    "lv": "Klusais lūsis katru rītu iet gar aizsalušo ezeru, pirms ciems ir pamodies",
    "mt": "Il-linċi kwieta timxi kull filgħodu ħdejn l-għadira ffriżata qabel ma jqum ir-raħal",
    "nl": "De stille lynx loopt elke ochtend langs het bevroren meer voordat het dorp wakker wordt",
    "pl": "Cichy ryś każdego ranka idzie brzegiem zamarzniętego jeziora, zanim wieś się obudzi",
    "pt": "O lince calado caminha todas as manhãs junto ao lago gelado antes de a aldeia acordar",
    "ro": "Râsul tăcut merge în fiecare dimineață pe lângă lacul înghețat înainte ca satul să se trezească",
    "sk": "Tichý rys každé ráno obchádza zamrznuté jazero skôr, než sa celá dedina zobudí",
    "sl": "Tihi ris vsako jutro hodi ob zamrznjenem jezeru, preden se vas prebudi",
    "sv": "Den tysta lodjuret går varje morgon längs den frusna sjön innan byn vaknar",
}
OTHER_SCRIPTS = (
    "हिन्दी में एक वाक्य यहाँ है",
    "한국어 문장이 여기에 하나 있습니다",
    "جملة مخترعة عن وشق هادئ يمشي قرب البحيرة",
)


def cut_copies(texts, matches):
    """Cut copies out of published texts."""
    return Trail.begin(texts).cut(quoted_spans(texts, matches)).texts


def _index(*texts, published=None):
    dates = published or [None] * len(texts)
    return index_texts(
        pl.Series(texts, dtype=pl.String),
        pl.Series(range(len(texts)), dtype=pl.UInt32),
        pl.Series(dates, dtype=pl.Datetime("us", "UTC")),
    )


def _cut(item, *texts):
    items = pl.Series("text", [item])
    return cut_copies(items, find_copies(items, _index(*texts)))[0]


def _rows(matches):
    return matches.select("place", "number", "share", "is_whole").rows()


# ---------------------------------------------------------------------------------------------------------- what counts
@pytest.mark.parametrize(
    ("text", "item", "cut"),
    [
        (
            NEWS,
            "Anna a écrit : « Je quitte mon travail demain. » Quelle nouvelle.",
            "Anna a écrit : [QUOTED] Quelle nouvelle.",
        ),
        (NEWS, "JE QUITTE, mon travail...demain!!", "[QUOTED]!!"),
        (NEWS, "moi: je 😀 quitte 😀 mon 👩‍👩‍👧 travail\n\ndemain", "moi: [QUOTED]"),
        (NEWS, "ok jequittemontravaildemain ok", "ok [QUOTED] ok"),
        (NEWS, "ok j e q u i t t e mon tra-vail dem\u00adain ok", "ok [QUOTED] ok"),
        (NEWS, "ok je qu\u200bitte mön trávail\u0301 demain\u0301, ok", "ok [QUOTED], ok"),
        (NEWS, "ok Jе quittе mоn trаvаil dеmаin", "ok [QUOTED]"),
        (NEWS, "ok 𝐉𝐞 𝐪𝐮𝐢𝐭𝐭𝐞 𝐦𝐨𝐧 ｔｒａｖａｉｌ demain", "ok [QUOTED]"),
        ("Don't stop me now, it's fine", "dont stop me now its fine", "[QUOTED]"),
        ("c'est l'été à l'école de l'île", "C’est l’été, à l’ecole de l ile", "[QUOTED]"),
        ("Der Fußweg führt über die Straße", "DER FUSSWEG FÜHRT ÜBER DIE STRASSE", "[QUOTED]"),
    ],
)
def test_a_whole_copy_is_cut_however_it_is_written(text, item, cut):
    assert _cut(item, text) == cut


def test_a_text_that_only_shares_words_is_no_copy():
    items = pl.Series([NEWS[:-8], "Je quitte mon bureau demain", "demain travail mon quitte je", None, "", "😀"])
    assert find_copies(items, _index(NEWS)).rows() == []


def test_twelve_words_of_a_longer_text_are_a_copy_and_eleven_are_not():
    long = " ".join(f"word{number}x" for number in range(40))
    words = long.split()
    items = pl.Series([" ".join(words[5:17]), " ".join(words[5:16])])
    assert _rows(find_copies(items, _index(long))) == [(0, 0, 9 / 37, False)]


def test_half_of_the_shingles_and_eight_words_are_a_copy_with_changes():
    words = LAKE.split()
    changed = " ".join([*words[:6], "snowy", *words[7:]])
    less = " ".join([*words[:7], "and", "so", "on"])
    items = pl.Series([changed, less])
    matches = find_copies(items, _index(LAKE))
    assert _rows(matches) == [(0, 0, 9 / 13, False), (0, 0, 9 / 13, False)]
    assert cut_copies(items, matches).to_list() == ["[QUOTED] snowy [QUOTED]", less]


def test_common_sayings_are_not_indexed():
    texts = ["Happy new year", "so it is as", "ha ha ha ha ha ha ha ha ha ha ha", "😀 😀 😀 😀", "", "新年快乐", None]
    assert len(_index(*texts)) == 0
    assert len(_index("a very happy new year", "今天天气很好我们去公园")) == 2


def test_every_copy_in_an_item_is_found_with_the_share_of_its_text():
    item = f"{NEWS} And: {LAKE}! {NEWS}"
    found = find_copies(pl.Series([item]), _index(NEWS, LAKE))
    assert found.schema == MATCH_COLUMNS
    assert [(number, item.encode()[start:end].decode()) for _, number, _, start, end, _ in found.rows()] == [
        (0, NEWS[:-1]),
        (1, LAKE),
        (0, NEWS[:-1]),
    ]


def test_a_text_is_not_a_copy_of_itself_but_of_its_equals():
    own = pl.Series([0, None, 1], dtype=pl.UInt32)
    items = pl.Series([NEWS, NEWS, LAKE])
    assert _rows(find_copies(items, _index(NEWS, LAKE), own)) == [(1, 0, 1.0, True)]
    assert _rows(find_copies(items[:1], _index(NEWS, NEWS.upper()), own[:1])) == [(0, 1, 1.0, True)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_quote_is_found_in_every_language_among_all_others(language):
    index = _index(*LANGUAGES.values())
    text = LANGUAGES[language]
    item = f"🙂 «{text.upper().replace(' ', '  ')}» 2024"
    matches = find_copies(pl.Series([item]), index)
    assert _rows(matches) == [(0, list(LANGUAGES).index(language), 1.0, True)]
    assert cut_copies(pl.Series([item]), matches).to_list() == ["🙂 [QUOTED] 2024"]


@pytest.mark.parametrize(
    ("text", "item", "cut"),
    [
        ("今天天气很好，我们一起去公园散步吧。", "他说今天天气很好我们一起去公园散步吧真的吗", "他说[QUOTED]真的吗"),
        (
            "今日はとても天気がいいので公園に行きます",
            "ねえ、今日はとても天気がいいので公園に行きますって",
            "ねえ、[QUOTED]って",
        ),
        ("วันนี้อากาศดีมากเราไปเดินเล่นที่สวน", "เขาบอกว่าวันนี้อากาศดีมากเราไปเดินเล่นที่สวนนะ", "เขาบอกว่า[QUOTED]นะ"),
    ],
)
def test_scripts_without_spaces_are_cut_between_letters(text, item, cut):
    assert _cut(item, text) == cut


def test_a_window_of_many_texts_leads_to_the_oldest_and_every_text_is_still_found_whole():
    texts = [f"{LAKE} and so says number {number} of all" for number in range(20)]
    dates = [datetime(2020, 1, 20 - number, tzinfo=UTC) for number in range(20)]
    index = _index(*texts, LAKE, published=[*dates, datetime(2021, 1, 1, tzinfo=UTC)])
    items = pl.Series([*texts, LAKE])
    found = find_copies(items, index)
    whole = found.filter("is_whole").group_by("place", maintain_order=True).agg("number").rows()
    assert whole == [*((place, [20, place]) for place in range(20)), (20, [20])]
    assert found.filter(pl.col("place") == 20)["number"].to_list() == [*range(12, 21)]


# ---------------------------------------------------------------------------------------------------------------- older
def _day(number):
    return datetime(2024, 5, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("item", "item_at", "text_at", "is_covered", "expected"),
    [
        (LAKE, _day(1), _day(2), False, {0}),
        (f"As they say: {LAKE}!", _day(1), _day(2), False, {0}),
        (LAKE, _day(2), _day(2), False, set()),
        (LAKE, _day(3), _day(2), False, set()),
        (LAKE, None, _day(2), False, set()),
        (LAKE, _day(1), None, False, set()),
        (LAKE, _day(1), _day(2), True, set()),
        (LAKE, _day(1), _day(2), None, set()),
        (" ".join(LAKE.split()[:13]), _day(1), _day(2), False, set()),
    ],
)
def test_a_text_is_common_property_only_if_an_older_item_of_another_has_it_whole(
    item, item_at, text_at, is_covered, expected
):
    moment = pl.Datetime("us", "UTC")
    matches = find_copies(pl.Series([item]), _index(LAKE))
    numbers = drop_older(
        matches,
        pl.Series([item_at], dtype=moment),
        pl.Series([text_at], dtype=moment),
        pl.Series([is_covered], dtype=pl.Boolean),
    )
    assert (len(matches), numbers) == (1, expected)


def test_without_matches_nothing_is_common_property():
    empty = find_copies(pl.Series([], dtype=pl.String), _index(LAKE))
    moment = pl.Series([], dtype=pl.Datetime("us", "UTC"))
    assert drop_older(empty, moment, moment, pl.Series([], dtype=pl.Boolean)) == frozenset()


def test_of_equal_texts_the_oldest_speak_for_all():
    index = _index(NEWS, NEWS.upper(), NEWS.lower(), LAKE, published=[_day(3), _day(1), _day(2), _day(4)])
    assert index.numbers.tolist() == [1, 2, 3]
    assert _index(NEWS, NEWS, NEWS, published=[_day(1), None, _day(2)]).numbers.tolist() == [1, 0]


# ------------------------------------------------------------------------------------------------------------------ cut
def _cut_at(text, *spans):
    frame = pl.DataFrame([(0, *span) for span in spans], schema=["place", "start", "end"], orient="row")
    return cut_copies(pl.Series([text]), frame)[0]


@pytest.mark.parametrize(
    ("text", "spans", "cut"),
    [
        ("one two three", [(4, 7)], "one [QUOTED] three"),
        ("one two three", [(0, 3), (4, 7)], "[QUOTED] three"),
        ("one two three", [(0, 7), (4, 13)], "[QUOTED]"),
        ("one two three", [(0, 3), (8, 13)], "[QUOTED] two [QUOTED]"),
        ("one. 😀 two", [(0, 3), (10, 13)], "[QUOTED]"),
        ("é😀e", [(1, 3)], "[QUOTED]e"),
        ("x e\u0301y", [(2, 3)], "x [QUOTED]y"),
        ("a “one two!” b", [(5, 12)], "a [QUOTED] b"),
        ("a „‘one’“ b", [(8, 11)], "a [QUOTED] b"),
        ("a “one two b", [(5, 12)], "a “[QUOTED] b"),
        ("call [PHONE] now", [(0, 11)], "[QUOTED] now"),
        ("[QUOTED] one", [(9, 12)], "[QUOTED] [QUOTED]"),
    ],
)
def test_a_span_becomes_one_placeholder_with_its_quotation_marks(text, spans, cut):
    assert _cut_at(text, *spans) == cut


def test_what_is_cut_leaves_neither_length_nor_number_of_words():
    cuts = {_cut(f"see: {text} - ok", text) for text in (NEWS, LAKE, *LANGUAGES.values())}
    assert cuts == {"see: [QUOTED] - ok", "see: [QUOTED]. - ok"}


def test_a_placeholder_of_an_earlier_cut_is_never_read_as_a_word():
    text = "he quoted me on this very thing again"
    assert _cut("he [QUOTED] me on this very thing again", text) == "he [QUOTED] me on this very thing again"
    assert _cut("he quoted me on this very thing again", text) == "[QUOTED]"


def test_rows_without_spans_and_nulls_stay():
    texts = pl.Series("text", ["one", None, NEWS])
    cut = cut_copies(texts, find_copies(texts, _index(NEWS)))
    assert (cut.name, cut.to_list()) == ("text", ["one", None, "[QUOTED]."])
    assert cut_copies(texts, find_copies(texts[:2], _index(NEWS))).to_list() == texts.to_list()


# ---------------------------------------------------------------------------------------------------------------- index
def test_an_index_holds_no_word_and_survives_a_round_trip_and_a_memory_map(tmp_path):
    index = _index(NEWS, LAKE, *LANGUAGES.values())
    content = index.to_bytes()
    path = tmp_path / "index"
    path.write_bytes(content)
    with path.open("rb") as file:
        mapped = Fingerprints.from_bytes(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    assert (len(mapped), mapped.to_bytes(), mapped.digest()) == (26, content, index.digest())
    assert content.endswith(bytes.fromhex(index.digest()))
    assert [word for word in LAKE.lower().split() if word.encode() in content and len(word) > 3] == []
    items = pl.Series([LAKE, NEWS])
    assert find_copies(items, mapped).equals(find_copies(items, index))


def test_a_fingerprint_is_fixed_by_the_text():
    # A change here is a change of what is found: raise COPIES_VERSION, since indexes of both kinds may be about.
    assert _index(NEWS, LAKE, LANGUAGES["el"], published=[_day(1)] * 3).digest() == GOLDEN_DIGEST


def test_a_torn_or_changed_index_is_refused():
    content = _index(NEWS).to_bytes()
    for torn in (content[:-1], content[:20], b"", b"x" + content[1:], content + b"x"):
        with pytest.raises(FingerprintsError, match="bytes, found"):
            Fingerprints.from_bytes(torn)
    changed = bytearray(content)
    changed[-40] ^= 1
    with pytest.raises(FingerprintsError, match="does not have the digest"):
        Fingerprints.from_bytes(bytes(changed))


def test_nothing_in_an_index_can_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        _index(NEWS).offsets[0] = 1


def test_the_kernel_equals_the_reference_on_all_languages():
    texts = pl.Series([*LANGUAGES.values(), None, "", LAKE, "x[QUOTED]y " * 9, "\ufdfa " * 9, *OTHER_SCRIPTS])
    numbers = pl.Series(range(len(texts)), dtype=pl.UInt32)
    dates = pl.Series([None] * len(texts), dtype=pl.Datetime("us", "UTC"))
    index = index_texts(texts, numbers, dates)
    assert index.to_bytes() == index_texts_reference(texts, numbers, dates).to_bytes()
    items = pl.concat([texts.str.to_uppercase(), texts.str.replace_all(" ", ""), texts.str.slice(7)])
    assert find_copies(items, index).equals(find_copies_reference(items, index))


def test_an_empty_index_finds_nothing_and_imports_no_compiler():
    program = (
        "import sys, polars as pl\n"
        "from demur.filters.copies import find_copies, index_texts, quoted_spans\n"
        "none = pl.Series([], dtype=pl.String)\n"
        "index = index_texts(none, none.cast(pl.UInt32), none.cast(pl.Datetime('us', 'UTC')))\n"
        "texts = pl.Series(['a', None])\nmatches = find_copies(texts, index)\n"
        "print(len(index), matches.rows(), quoted_spans(texts, matches).rows(), 'numba' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "0 [] [] False\n"
