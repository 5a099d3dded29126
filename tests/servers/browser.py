"""Servers of pages for a browser, on loopback ports, and axe, which looks at what it shows."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

AXE = Path(__file__).parents[2] / ".cache" / "verifiers" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
# What axe, once it is in a page, has against it; `only` are the ids of the rules to look by, all of them without it.
RUN_AXE = """async only => (await axe.run(document, {resultTypes: ["violations"], ...(only && {runOnly: only})}))
    .violations.map(found => `${found.id}: ${found.nodes.map(node => node.html).join(" ")}`)"""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Keep the addresses of pages out of what a test prints."""


@contextlib.contextmanager
def serving(application: Callable[..., Any], *, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve a WSGI application on a free port while the block runs; yield its origin."""
    with make_server(host, 0, application, server_class=_Server, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://{host}:{server.server_port}"
        server.shutdown()
        thread.join()
