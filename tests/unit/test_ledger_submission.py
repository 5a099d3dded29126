import pytest

from demur.kernel.errors import InputError
from demur.ledger.submission import MAX_SUBMISSION_BYTES, Submission, SubmissionFormatError, parse_submission

NOTE = "agora.example/demur/log\n7\nAAAA\n\n\u2014 agora.example/demur/log AAAA\n"
SUBMISSION = Submission(old_size=5, path=(bytes(32), bytes([1]) * 32), checkpoint_note=NOTE)


def test_a_submission_comes_back_in_the_form_of_the_specification():
    body = SUBMISSION.encode()
    assert body.decode().startswith(
        "old 5\n" + "A" * 43 + "=\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n\nagora.example"
    )
    assert parse_submission(body) == SUBMISSION


def test_the_first_submission_has_no_proof():
    first = Submission(old_size=0, path=(), checkpoint_note=NOTE)
    assert (first.encode(), parse_submission(first.encode())) == (b"old 0\n\n" + NOTE.encode(), first)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 5\n",
        b"old 05\n\nnote",
        b"old -1\n\nnote",
        b"old 5 \n\nnote",
        b"new 5\n\nnote",
        "old \u0665\n\nnote".encode(),
        b"old 5\nAAAA\n\nnote",
        b"old 5\nno base64\n\nnote",
        b"old 5\n" + b"A" * 43 + b"B\n\nnote",
        b"old 5\n" + (b"A" * 43 + b"=\n") * 64 + b"\nnote",
        b"old 5\n\n\xff",
        b"old 5\n\n" + b"a" * MAX_SUBMISSION_BYTES,
    ],
)
def test_anything_else_is_refused(body):
    with pytest.raises(SubmissionFormatError) as caught:
        parse_submission(body)
    assert isinstance(caught.value, InputError)
