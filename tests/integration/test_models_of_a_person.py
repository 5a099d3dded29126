"""A person is told which corpora hold items of theirs, and which models may have read them, on which day."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from types import SimpleNamespace

import msgspec
import pytest
from servers.pages import Browser, pages_of

from demur.exchange.documents import document_digest, write_document
from demur.kernel.clock import FixedClock
from demur.kernel.words import RecordKind
from demur.keys.subjects import subject_key
from demur.register.queries import find_document_day
from demur.register.store import open_register
from demur.testing.small_history import write_small_history
from demur.testing.small_platform import NOW
from demur.testing.small_runs import make_record
from demur.web.finished_runs import RunReader
from demur.web.links import make_link
from demur.web.presence import CorpusReader, ModelReading

TRAINED, RETRAINED = datetime(2025, 6, 2, 9, tzinfo=UTC), datetime(2025, 6, 20, 9, tzinfo=UTC)
LATER = datetime(2025, 7, 1, tzinfo=UTC)


def write_record(history, name):
    record = msgspec.structs.replace(make_record(history), run_id=name.encode().hex().ljust(32, "0"))
    folder = history.folder / "runs" / name
    folder.mkdir(parents=True)
    write_document(folder / "run-record", record, history.keyring.document_signer)
    return document_digest(record)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return a platform on which one model was trained before somebody objected and one after, and one unfinished."""
    folder = tmp_path_factory.mktemp("models")
    history = write_small_history(folder / "platform", items=100)
    history.apply()
    objector, other, *_ = history.accounts_with_rows()
    url = f"sqlite:///{folder}/r.db"
    with open_register(url, keyring=history.keyring, log_folder=folder / "log") as register:
        register.append_document(RecordKind.TRAINING, write_record(history, "spring"), at=TRAINED)
        history.file_objection(objector, at=NOW + timedelta(seconds=1))
        history.apply(at=NOW + timedelta(seconds=2))
        register.append_document(RecordKind.TRAINING, write_record(history, "summer"), at=RETRAINED)
        write_record(history, "autumn")
        yield SimpleNamespace(history=history, register=register, objector=objector, other=other)


def models_of(trained, *accounts):
    history, trust = trained.history, trained.history.keyring.trusted_keys()
    runs = RunReader(
        folder=history.folder / "runs",
        trust=trust,
        logged_on=lambda digest: find_document_day(trained.register, RecordKind.TRAINING, digest),
    )
    keys = [subject_key(history.keyring, account) for account in accounts]
    (found,) = CorpusReader(history.corpus.parent, trust, runs).find_presence(keys)
    return found


def test_a_model_counts_what_was_not_taken_out_before_it_began_and_only_once_the_log_holds_it(trained):
    rows = {account: len(trained.history.rows_of(account)) for account in (trained.objector, trained.other)}
    mine, theirs = rows.values()
    spring = ModelReading(name="spring", logged_on=date(2025, 6, 2), rows=mine)
    assert models_of(trained, trained.objector).models == (spring,)
    both = models_of(trained, trained.objector, trained.other)
    assert (both.rows, both.removed) == (mine + theirs, mine)
    assert [(one.name, one.rows) for one in both.models] == [("spring", mine + theirs), ("summer", theirs)]
    nobody = models_of(trained, "a stranger")
    assert (nobody.rows, nobody.removed, nobody.models) == (0, 0, ())


def test_the_page_of_the_link_names_models_with_their_days_and_says_nothing_where_there_are_none(trained):
    history = trained.history
    runs = history.folder / "runs"
    app = Browser(pages_of(trained.register, history.corpus.parent, clock=FixedClock(LATER), runs=runs))

    def told(account):
        page = app.get(f"/object/{make_link(history.keyring, subject_key(history.keyring, account))}/before").content
        return re.findall(r"The model [^<]*", unescape(page))

    count = len(history.rows_of(trained.objector))
    assert told(trained.objector) == [
        f"The model spring was trained with it, by 2 June 2025. Pieces of yours that it may have read: {count}."
    ]
    assert [line.split()[2] for line in told(trained.other)] == ["spring", "summer"]
    assert told("a stranger") == []
