import shutil
import sqlite3
import stat

import pytest

from demur.kernel.words import RecordKind
from demur.keys.keyring import create_keyring
from demur.register.database import open_database
from demur.register.errors import (
    DatabaseDamagedError,
    DatabaseNewerError,
    DatabaseNotDurableError,
    DatabaseUnreachableError,
    DatabaseUnsupportedError,
    KeyringMismatchError,
    RegisterAlteredError,
    RegisterRolledBackError,
    RegisterUnavailableError,
)
from demur.register.queries import read_head
from demur.register.schema import SCHEMA_REVISION
from demur.register.sqlite import check_durability
from demur.register.store import open_register

SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@pytest.mark.parametrize(
    ("named", "error", "message"),
    [
        (
            "mysql://db/register",
            DatabaseUnsupportedError,
            "the register runs on sqlite and postgresql, the URL names mysql",
        ),
        ("register.db", DatabaseUnsupportedError, "the register's URL is not a database URL"),
        (
            "sqlite://",
            DatabaseNotDurableError,
            "the register needs a file; a database in memory loses everything with its process",
        ),
        (
            "postgresql://nobody:secret@127.0.0.1:1/none",
            DatabaseUnreachableError,
            "the register at none on 127.0.0.1 cannot be used: OperationalError",
        ),
    ],
)
def test_a_url_that_names_no_durable_database_is_refused(named, error, message, keyring, log_folder):
    with pytest.raises(error) as raised:
        open_register(named, keyring=keyring, log_folder=log_folder)
    assert (str(raised.value), raised.value.exit_status) == (message, 3)


def database_of(url: str) -> str:
    return url.split("/")[3].split("?", maxsplit=1)[0]


@POSTGRESQL
@pytest.mark.parametrize(
    ("whom", "setting"),
    [
        ("SYSTEM", "fsync"),
        ("SYSTEM", "full_page_writes"),
        ("SYSTEM", "synchronous_commit"),
        ("DATABASE {database}", "synchronous_commit"),
        ("ROLE postgres", "synchronous_commit"),
        ("ROLE postgres IN DATABASE {database}", "synchronous_commit"),
    ],
)
def test_a_server_a_database_or_a_role_that_may_lose_its_last_commits_is_refused(url, postgres, whom, setting):
    message = f"the database runs with {setting}=off, needed is on"
    with (
        postgres.weakened(setting, whom=whom.format(database=database_of(url))),
        pytest.raises(DatabaseNotDurableError, match=message),
    ):
        open_database(url)
    open_database(url).close()


@POSTGRESQL
@pytest.mark.parametrize(
    ("whom", "setting"),
    [("SYSTEM", "fsync"), ("SYSTEM", "synchronous_commit"), ("ROLE postgres", "synchronous_commit")],
)
def test_nothing_is_acknowledged_while_a_running_server_is_careless(register, url, postgres, at, whom, setting):
    first = register.append_document(RecordKind.CORPUS, bytes(32), at=at)
    is_of_the_server = whom == "SYSTEM"
    with postgres.weakened(setting, whom=whom.format(database=database_of(url))):
        if is_of_the_server:
            with pytest.raises(RegisterUnavailableError, match="answered DatabaseNotDurableError"):
                register.append_document(RecordKind.CORPUS, b"1" * 32, at=at)
        else:
            # What a role or a database is told holds for later sessions: this one goes on, as durable as before.
            assert register.append_document(RecordKind.CORPUS, b"1" * 32, at=at).index == 1
    second = register.append_document(RecordKind.CORPUS, b"2" * 32, at=at)
    assert (first.index, second.index) == (0, 1 if is_of_the_server else 2)


@SQLITE
def test_a_python_with_an_old_sqlite_is_refused(url, monkeypatch):
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 38, 5))
    with pytest.raises(DatabaseUnsupportedError, match=r"the register needs 3\.39"):
        open_database(url)


@SQLITE
def test_a_register_commits_to_the_disk_and_only_its_owner_reads_it(url, tmp_path):
    connection = open_database(url).connect_writer()
    assert [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")] == [
        "wal",
        2,
    ]
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("register.db*")} == {0o600}


@SQLITE
def test_a_database_that_may_lose_its_last_commits_is_refused(url):
    connection = open_database(url).connect_writer()
    check_durability(connection)
    connection.execute("PRAGMA synchronous=NORMAL")
    with pytest.raises(DatabaseNotDurableError, match="journal_mode=wal and synchronous=1, needed are wal and 2"):
        check_durability(connection)


@SQLITE
def test_a_file_that_is_no_database_is_refused(url, tmp_path):
    (tmp_path / "register.db").write_bytes(b"not a database" * 100)
    with pytest.raises(DatabaseUnreachableError, match="cannot be used: DatabaseError"):
        open_database(url)


@SQLITE
def test_a_damaged_database_is_refused(register, url, keyring, log_folder, tmp_path, at):
    for number in range(50):
        register.append_document(RecordKind.CORPUS, number.to_bytes(32, "big"), at=at)
    register.close()
    content = bytearray((tmp_path / "register.db").read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 + 3 : page * 4096 + 5] = b"\xff\xff"  # the number of cells of the page
    (tmp_path / "register.db").write_bytes(content)
    with pytest.raises((DatabaseDamagedError, DatabaseUnreachableError)) as raised:
        open_register(url, keyring=keyring, log_folder=log_folder)
    assert raised.value.exit_status == 3


@SQLITE
def test_a_register_of_a_newer_version_is_refused(url, tmp_path):
    open_database(url).close()
    with sqlite3.connect(tmp_path / "register.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseNewerError, match=f"revision 9999, this version of Demur knows {SCHEMA_REVISION}"):
        open_database(url)


def test_another_keyring_is_refused(register, url, log_folder, tmp_path):
    other = create_keyring(tmp_path / "other.json", platform="agora.example", seed=b"another")
    stranger = create_keyring(tmp_path / "stranger.json", platform="forum.example", seed=b"register")
    with pytest.raises(KeyringMismatchError, match="belongs to the same platform with another keyring"):
        open_register(url, keyring=other, log_folder=log_folder)
    with pytest.raises(
        KeyringMismatchError, match=r"belongs to platform agora\.example; the keyring is of forum\.example"
    ):
        open_register(url, keyring=stranger, log_folder=log_folder)


@SQLITE
def test_a_head_that_was_not_signed_is_refused(register, url, keyring, log_folder, tmp_path, at):
    register.append_document(RecordKind.CORPUS, bytes(32), at=at)
    register.close()
    with sqlite3.connect(tmp_path / "register.db") as connection:
        connection.execute("DROP TRIGGER head_only_grows")
        connection.execute("UPDATE head SET frontier = zeroblob(32)")
    with pytest.raises(RegisterAlteredError, match="the head of the register at 1 is not the one signed at 1"):
        open_register(url, keyring=keyring, log_folder=log_folder)


@SQLITE
def test_a_register_that_is_older_than_its_published_log_is_refused(url, keyring, log_folder, tmp_path, at):
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        register.append_document(RecordKind.CORPUS, bytes(32), at=at)
    shutil.copy(tmp_path / "register.db", tmp_path / "copy.db")
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        register.append_document(RecordKind.CORPUS, b"\1" * 32, at=at)
    for path in tmp_path.glob("register.db*"):
        path.unlink()
    shutil.copy(tmp_path / "copy.db", tmp_path / "register.db")
    with pytest.raises(RegisterRolledBackError, match="the published log of 2 entries is not a history"):
        open_register(url, keyring=keyring, log_folder=log_folder)


def test_a_log_that_was_lost_is_published_again_from_the_register(url, keyring, log_folder, at):
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        for number in range(300):
            register.append_document(RecordKind.CORPUS, number.to_bytes(32, "big"), at=at)
        entries = list(register.database.connect_writer().execute("SELECT data FROM leaf ORDER BY idx"))
    shutil.rmtree(log_folder)
    with open_register(url, keyring=keyring, log_folder=log_folder) as register:
        assert register.tiles.size() == 300
        assert register.tiles.checkpoint_note() == read_head(register).checkpoint_note
        assert list(register.tiles.read_entries(0, 300)) == [data for (data,) in entries]


def test_a_folder_without_rights_is_refused(keyring, log_folder):
    with pytest.raises(DatabaseUnreachableError, match=r"cannot be opened at /proc/none/register\.db"):
        open_register("sqlite:////proc/none/register.db", keyring=keyring, log_folder=log_folder)


def test_while_another_program_holds_the_lock_nothing_is_acknowledged(register, at):
    holder = register.database.connect_writer()
    holder.begin()
    with pytest.raises(RegisterUnavailableError, match="another process is writing"):
        register.append_document(RecordKind.CORPUS, bytes(32), at=at)
    holder.rollback()
    assert register.append_document(RecordKind.CORPUS, bytes(32), at=at).index == 0
