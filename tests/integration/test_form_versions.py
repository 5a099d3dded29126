"""Which version of which form an objection came by is recorded, and an earlier one counts as it did."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from servers.pages import Browser, pages_of

from demur.kernel.clock import FixedClock
from demur.kernel.words import Purpose
from demur.keys.keyring import create_keyring
from demur.keys.subjects import subject_key
from demur.register.campaigns import import_objections
from demur.register.intake import receive_objection
from demur.register.objecting import ObjectionForm
from demur.register.queries import read_head, subject_status
from demur.register.requests_reading import RequestFilter, list_requests
from demur.register.store import open_register
from demur.web.links import make_link

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
EARLIER = datetime(2024, 6, 12, 10, tzinfo=UTC)
LATE = AT + timedelta(days=1)


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forms")
    keyring = create_keyring(folder / "keys.json", platform="agora.example", seed=b"forms")
    with open_register(f"sqlite:///{folder}/r.db", keyring=keyring, log_folder=folder / "log") as register:
        yield register


@pytest.fixture(scope="module")
def browser(register, tmp_path_factory):
    return Browser(pages_of(register, tmp_path_factory.mktemp("corpora"), clock=FixedClock(AT)))


def forms_of(register, account):
    status = subject_status(register, subject_key(register.keyring, account), at=LATE)
    return [one.form_version for one in status.objections]


def link_of(register, account):
    return make_link(register.keyring, subject_key(register.keyring, account))


def test_the_page_of_the_link_and_the_app_say_which_form_it_was(register, browser):
    assert browser.forge(f"/object/{link_of(register, 'ada')}").status == 200
    assert browser.forge(f"/in-app/{link_of(register, 'bo')}/object").status == 201
    assert (forms_of(register, "ada"), forms_of(register, "bo")) == (["link-1"], ["in-app-1"])


def test_each_form_without_an_account_says_which_it_was_and_an_account_that_it_names_too(register, browser):
    before = len(list_requests(register, RequestFilter()))
    for path in ("/object", "/object/for-child", "/object/for-deceased", "/object/by-agent"):
        assert browser.forge(path, entered="@moss.example", mandate="1").status == 200
    listed = list_requests(register, RequestFilter())[before:]
    versions = ["about-me-1", "child-1", "deceased-1", "agent-1"]
    assert [one.form_version for one in listed] == versions
    assert forms_of(register, "moss.example") == versions


def test_an_objection_of_an_earlier_campaign_counts_from_then_and_need_not_be_repeated(register, browser):
    rows = [
        {"account": "cy", "received_at": EARLIER.isoformat(), "form_version": "settings-2024-05"},
        {"account": "dee", "received_at": EARLIER.isoformat(), "form_version": "<no form> of anybody@example.org"},
        {"account": "ed", "received_at": EARLIER.isoformat(), "form_version": None},
    ]
    imported = import_objections(register, pl.DataFrame(rows), at=AT)
    size = read_head(register).size
    assert (imported.imported, imported.rejected) == (3, ())
    assert [forms_of(register, account) for account in ("cy", "dee", "ed")] == [["settings-2024-05"], [None], [None]]
    for account in ("cy", "dee", "ed"):
        status = subject_status(register, subject_key(register.keyring, account), at=LATE)
        assert (status.basis, status.scope, status.covered_since) == ("own", "all", EARLIER)
        # Whoever sends today's form as well gets the receipt of the day on which they objected first.
        again = browser.forge(f"/object/{link_of(register, account)}")
        assert (again.status, "12 June 2024" in again.content) == (200, True)
    assert read_head(register).size == size
    assert forms_of(register, "cy") == ["settings-2024-05"]


def test_a_form_changes_no_entry_of_the_log(register):
    account = subject_key(register.keyring, "fern")
    form = ObjectionForm(
        subjects=(account,), purpose=Purpose.TRAIN_GENERATIVE_MODELS, received_at=AT, form_version="link-0"
    )
    receipt = receive_objection(register, form, at=AT)
    assert ("link-0" in receipt.text, "form" in receipt.text) == (False, False)


def test_the_command_tells_by_which_form_an_account_objected(demur, registered, tmp_path):
    folder = Path(shutil.copytree(registered, tmp_path / "platform"))
    rows = "account,received_at,form_version\nmoss-7,2024-06-12T10:00:00Z,settings-2024-05\n"
    (folder / "earlier.csv").write_text(rows)
    assert demur(folder, "register", "import", "earlier.csv").status == 0
    told = demur(folder, "explain", "--objection", "moss-7", "--json")
    (made,) = json.loads(told.out)["objections"]
    assert (made["form_version"], made["received_at"]) == ("settings-2024-05", "2024-06-12T10:00:00.000000Z")
