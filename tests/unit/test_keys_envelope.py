import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demur.keys.envelope import (
    WRAPPED_KEY_BYTES,
    EnvelopeKey,
    EnvelopeKeyMissingError,
    EnvelopeKeys,
    SealBrokenError,
    seal,
    unseal,
)

KEY, OTHER = EnvelopeKey(bytes(range(32))), EnvelopeKey(bytes(range(1, 33)))
ROW_KEY, NONCE, CONTEXT = bytes(range(64, 96)), bytes(range(12)), b"a place"
WRAPPED = KEY.wrap(ROW_KEY, nonce=NONCE, context=CONTEXT)


@given(content=st.binary(max_size=600), context=st.binary(max_size=40))
def test_what_was_sealed_opens_with_its_key_and_context(content, context):
    sealed = seal(ROW_KEY, content, context=context)
    assert (unseal(ROW_KEY, sealed, context=context), len(sealed)) == (content, len(content) + 16)


def test_the_key_of_a_row_comes_back_from_its_wrapping():
    assert (KEY.unwrap(WRAPPED, context=CONTEXT), len(WRAPPED)) == (ROW_KEY, WRAPPED_KEY_BYTES)


def test_every_flipped_bit_is_refused():
    sealed = seal(ROW_KEY, b"a record", context=CONTEXT)
    for content, open_again in (
        (sealed, lambda changed: unseal(ROW_KEY, changed, context=CONTEXT)),
        (WRAPPED, lambda changed: KEY.unwrap(changed, context=CONTEXT)),
    ):
        for bit in range(8 * len(content)):
            changed = bytearray(content)
            changed[bit // 8] ^= 1 << bit % 8
            with pytest.raises(SealBrokenError):
                open_again(bytes(changed))


@settings(max_examples=20)
@given(length=st.integers(0, WRAPPED_KEY_BYTES - 1))
def test_a_cut_wrapping_is_refused(length):
    with pytest.raises(SealBrokenError):
        KEY.unwrap(WRAPPED[:length], context=CONTEXT)


def test_another_key_or_place_opens_nothing():
    with pytest.raises(SealBrokenError, match=f"under envelope key {OTHER.key_id.hex()}"):
        OTHER.unwrap(WRAPPED, context=CONTEXT)
    with pytest.raises(SealBrokenError):
        KEY.unwrap(WRAPPED, context=b"another place")
    with pytest.raises(SealBrokenError):
        unseal(ROW_KEY, seal(ROW_KEY, b"", context=CONTEXT), context=b"another place")


def test_keys_are_found_by_their_ids_until_they_retire():
    keys = EnvelopeKeys(current=KEY).rotate(OTHER.secret)
    assert (keys.current, keys.earlier) == (OTHER, (KEY,))
    assert [keys.find(key.key_id) for key in (KEY, OTHER)] == [KEY, OTHER]
    alone = keys.retire()
    assert alone == EnvelopeKeys(current=OTHER)
    with pytest.raises(EnvelopeKeyMissingError, match=KEY.key_id.hex()):
        alone.find(KEY.key_id)


def test_the_id_of_a_key_is_part_of_the_format():
    assert KEY.key_id.hex() == "1821981d756f1fdd"


def test_keys_travel_to_another_process_and_show_no_secret():
    keys = EnvelopeKeys(current=KEY, earlier=(OTHER,))
    again = pickle.loads(pickle.dumps(keys))
    assert (again, again.find(OTHER.key_id)) == (keys, OTHER)
    assert KEY.secret.hex() not in repr(keys)
    assert repr(KEY.secret) not in repr(keys)
