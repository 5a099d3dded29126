"""A small OpenID provider that tells the truth or one chosen lie; whoever asks it to log in is a given account."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ed25519

CLIENT, SECRET = "demur", "between us: +&%"


class OpenIdProvider:
    """Remembers what it was asked; `claims` are those of the next token, `lies` replace claims and headers of it."""

    def __init__(self):
        self.key, self.stranger = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
        self.claims, self.lies, self.asked, self.is_away = {"sub": "fern"}, {}, [], False
        self.issuer = ""

    def token(self, nonce):
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": nonce, **self.claims}
        told |= self.lies.get("claims", {})
        key = self.stranger if self.lies.get("is_of_a_stranger") else self.key
        if self.lies.get("is_unsigned"):
            return jwt.encode(told, "", algorithm="none")
        return jwt.encode(told, key, algorithm="EdDSA", headers={"kid": "one"})

    def answer(self, path, form):
        if self.is_away:
            return 503, {}
        if path == "/.well-known/openid-configuration":
            places = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "jwks"}
            named = {name: f"{self.issuer}/{place}" for name, place in places.items()}
            return 200, {"issuer": self.issuer, **named}
        if path == "/jwks":
            public = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(self.key.public_key()))
            return 200, {"keys": [{**public, "kid": "one", "use": "sig"}]}
        self.asked.append(form)
        if self.lies.get("refuses"):
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.token(form["code"])}


@contextlib.contextmanager
def openid_provider():
    """Run one; its codes are the nonces of the tokens that they get."""
    provider = OpenIdProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._answer({})

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer({**form, "authorization": self.headers["Authorization"]})

        def _answer(self, form):
            status, body = provider.answer(urlsplit(self.path).path, form)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield provider
        server.shutdown()
