"""Time stamps with `openssl ts` as authority: what is stored verifies by openssl alone, and nothing else is stored."""

import contextlib
import http.server
import shutil
import subprocess
import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from demur.keys.notes import Signer
from demur.ledger.checkpoint import Checkpoint, sign_checkpoint
from demur.ledger.tiles import TileStore
from demur.ledger.tree import hash_leaf
from demur.register.timestamps import (
    TimestampInvalidError,
    TimestampToolError,
    TimestampUnavailableError,
    command_authority,
    stamp_checkpoint,
    stored_days,
    url_authority,
    verify_stored,
)

DAY = date(2026, 11, 23)
LOG = Signer("agora.example/demur/log", bytes(32))
CONFIGURATION = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = An invented root
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[stamping]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = invented
[invented]
serial = FOLDER/serial
crypto_device = builtin
signer_cert = FOLDER/tsa.pem
signer_key = FOLDER/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


def openssl(folder, command):
    done = subprocess.run(["openssl", *command.split()], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def make_authority(folder, *, days=10):
    """Make an invented authority: a root, a certificate for time stamping, and the configuration of `openssl ts`."""
    folder.mkdir()
    (folder / "ca.cnf").write_text(CONFIGURATION.replace("FOLDER", str(folder)))
    (folder / "serial").write_text("01\n")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config ca.cnf"
    openssl(folder, f"req -x509 {key} -keyout root.key -out root.pem -days 20 -extensions root")
    openssl(folder, f"req {key} -keyout tsa.key -out tsa.csr -subj /CN=stamping")
    openssl(
        folder,
        "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -out tsa.pem"
        f" -days {days} -extfile ca.cnf -extensions stamping",
    )
    return folder


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("authority") / "tsa")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("stranger") / "tsa")


def reply_command(folder):
    """The command of an authority: a request on standard input, an answer on standard output."""
    script = f"cat > '{folder}/q.tsq'; openssl ts -reply -config '{folder}/ca.cnf' -queryfile '{folder}/q.tsq'"
    return ("sh", "-c", script)


@pytest.fixture
def tiles(tmp_path):
    store = TileStore(tmp_path / "log")
    head = Checkpoint(origin=LOG.name, size=1, root=hash_leaf(b"an entry"))
    store.publish(0, [b"an entry"], sign_checkpoint(head, LOG))
    return store


def files(tiles):
    return sorted(path.name for path in (tiles.folder / "timestamps").iterdir())


def test_a_stamp_is_stored_with_its_checkpoint_and_openssl_alone_verifies_it(tiles, authority):
    before = datetime.now(UTC) - timedelta(seconds=2)
    found = stamp_checkpoint(tiles, command_authority(reply_command(authority)), roots=authority / "root.pem", day=DAY)
    assert (found.day, found.checkpoint_note) == (DAY, tiles.checkpoint_note())
    assert before <= found.at <= datetime.now(UTC)
    assert files(tiles) == ["2026-11-23.checkpoint", "2026-11-23.tsr"]
    folder = tiles.folder / "timestamps"
    openssl(folder, f"ts -verify -data {DAY}.checkpoint -in {DAY}.tsr -CAfile {authority}/root.pem")
    assert verify_stored(tiles, DAY, roots=authority / "root.pem") == found
    assert stored_days(tiles) == [DAY]


def test_a_day_keeps_its_stamp_and_nobody_is_asked_again(tiles, authority):
    roots = authority / "root.pem"
    first = stamp_checkpoint(tiles, command_authority(reply_command(authority)), roots=roots, day=DAY)
    assert stamp_checkpoint(tiles, command_authority(["false"]), roots=roots, day=DAY) == first
    with pytest.raises(TimestampUnavailableError):
        stamp_checkpoint(tiles, command_authority(["false"]), roots=roots, day=DAY + timedelta(days=1))


def test_nothing_is_stamped_while_nothing_is_published(tmp_path, authority):
    asked = command_authority(reply_command(authority))
    assert stamp_checkpoint(TileStore(tmp_path), asked, roots=authority / "root.pem", day=DAY) is None


def test_a_stamp_of_an_authority_that_is_not_trusted_is_not_stored(tiles, authority, stranger):
    with pytest.raises(TimestampInvalidError):
        stamp_checkpoint(tiles, command_authority(reply_command(stranger)), roots=authority / "root.pem", day=DAY)
    assert (stored_days(tiles), files(tiles)) == ([], ["2026-11-23.checkpoint"])


def test_a_stamp_of_something_else_is_not_stored(tiles, authority, tmp_path):
    """An authority that answers with an old, genuine stamp."""
    other = tmp_path / "other.tsr"
    openssl(tmp_path, f"ts -query -digest {'ab' * 32} -sha256 -cert -out q.tsq")
    openssl(tmp_path, f"ts -reply -config {authority}/ca.cnf -queryfile q.tsq -out {other}")
    with pytest.raises(TimestampInvalidError):
        stamp_checkpoint(tiles, command_authority(["cat", str(other)]), roots=authority / "root.pem", day=DAY)
    assert stored_days(tiles) == []


@pytest.mark.parametrize("answer", ["", "no stamp"])
def test_an_answer_that_grants_nothing_is_asked_for_again_later(tiles, authority, answer):
    with pytest.raises(TimestampUnavailableError):
        stamp_checkpoint(tiles, command_authority(["printf", answer]), roots=authority / "root.pem", day=DAY)
    assert stored_days(tiles) == []


def flipped(path, tiles, roots):
    """Flip a bit at 26 places of a file, one at a time; return what each makes of the stamp, None for a refusal."""
    whole = path.read_bytes()
    told = []
    for at in range(0, len(whole), len(whole) // 25):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            told.append(verify_stored(tiles, DAY, roots=roots))
        except TimestampInvalidError:
            told.append(None)
    path.write_bytes(whole)
    return told


def test_a_flipped_bit_of_stamp_or_checkpoint_is_found_or_changes_nothing_that_it_says(tiles, authority):
    roots = authority / "root.pem"
    found = stamp_checkpoint(tiles, command_authority(reply_command(authority)), roots=roots, day=DAY)
    stamps, checkpoints = (
        flipped(tiles.folder / "timestamps" / name, tiles, roots) for name in (f"{DAY}.tsr", f"{DAY}.checkpoint")
    )
    # A few bytes around what is signed are not themselves signed (RFC 5652, 5.1: such as the list of digests).
    assert (set(stamps) - {found}, stamps.count(None) > len(stamps) - 4) == ({None}, True)
    assert set(checkpoints) == {None}
    assert verify_stored(tiles, DAY, roots=roots) == found


def test_a_stamp_without_its_checkpoint_shows_nothing(tiles, authority):
    stamp_checkpoint(tiles, command_authority(reply_command(authority)), roots=authority / "root.pem", day=DAY)
    (tiles.folder / "timestamps" / f"{DAY}.checkpoint").unlink()
    with pytest.raises(TimestampInvalidError):
        verify_stored(tiles, DAY, roots=authority / "root.pem")


@contextlib.contextmanager
def serving(folder, status=200):
    """An authority over HTTP (RFC 3161 section 3.4), made of `openssl ts`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.headers["Content-Type"] == "application/timestamp-query"
            request = self.rfile.read(int(self.headers["Content-Length"]))
            answer = subprocess.run(reply_command(folder), input=request, capture_output=True, check=True).stdout
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_authority_is_asked_over_http(tiles, authority):
    with serving(authority) as url:
        assert stamp_checkpoint(tiles, url_authority(url), roots=authority / "root.pem", day=DAY).day == DAY
    later = DAY + timedelta(days=1)
    with serving(authority, status=503) as url, pytest.raises(TimestampUnavailableError, match="answers 503"):
        stamp_checkpoint(tiles, url_authority(url), roots=authority / "root.pem", day=later)
    with pytest.raises(TimestampUnavailableError, match="cannot be reached"):
        stamp_checkpoint(tiles, url_authority(url), roots=authority / "root.pem", day=later)


def test_what_cannot_be_used_is_told_to_the_operator(tiles, authority, tmp_path):
    for wrong in (lambda: url_authority("tsa.example"), lambda: command_authority(())):
        with pytest.raises(TimestampToolError):
            wrong()
    roots = authority / "root.pem"
    with pytest.raises(TimestampToolError, match="the program no-such-program cannot be run"):
        stamp_checkpoint(tiles, command_authority(["no-such-program"]), roots=roots, day=DAY)
    with pytest.raises(TimestampToolError, match="roots"):
        stamp_checkpoint(tiles, command_authority(reply_command(authority)), roots=tmp_path / "none.pem", day=DAY)


def test_the_commands_stamp_list_and_find_what_was_altered(demur, registered, authority, tmp_path):
    folder = tmp_path / "platform"
    shutil.copytree(registered, folder)
    assert demur(folder, "register", "timestamp").status == 3
    script = folder / "stamp.sh"
    script.write_text(f"#!/bin/sh\n{reply_command(authority)[2]}\n")
    script.chmod(0o755)
    shutil.copy(authority / "root.pem", folder / "roots.pem")
    with (folder / "demur.toml").open("a") as file:
        file.write(f'\n[timestamps]\ncommand = ["{script}"]\nroots = "roots.pem"\n')
    for _ in range(2):
        ended = demur(folder, "register", "timestamp")
        assert (ended.status, "stamped at 20" in ended.out) == (0, True), ended.err
    listed = demur(folder, "register", "timestamps")
    assert (listed.status, datetime.now(UTC).date().isoformat() in listed.out) == (0, True)
    (stamped,) = (folder / "register/log/timestamps").glob("*.checkpoint")
    stamped.write_text(stamped.read_text().replace("\n", "\n\n", 1))
    assert demur(folder, "register", "timestamps").status == 5
