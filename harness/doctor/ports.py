"""Whether a server on this machine can be reached as `pte serve` and `engine=server` need it."""

from __future__ import annotations

import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx

from harness.doctor.contract import Asked, Check, Finding, fail, ok, warn

PORT = 8000
"""That `pte serve` takes if it is not told another."""
SECONDS = 5.0
WORD = b"pte-doctor"


class Handler(BaseHTTPRequestHandler):
    """Says one word to whoever asks."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(WORD)))
        self.end_headers()
        self.wfile.write(WORD)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def ports(_: Asked) -> Finding:
    """Serve on a free local port, ask there over HTTP, and look at the port that is usual."""
    try:
        server = HTTPServer(("127.0.0.1", 0), Handler)
    except OSError as error:
        return fail(
            f"no port of this machine can be opened ({error.strerror})",
            "let processes listen on 127.0.0.1: vLLM's own processes need it too",
        )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        answer = httpx.get(f"http://127.0.0.1:{server.server_port}/", timeout=SECONDS).content
    except httpx.HTTPError as error:
        answer = f"{type(error).__name__}".encode()
    finally:
        server.shutdown()
        server.server_close()
    if answer != WORD:
        proxy = any(name.lower() in ("http_proxy", "all_proxy") for name in os.environ)
        return fail(
            "a port was opened, and asking there over HTTP gave something else",
            "a proxy takes requests to this machine: export NO_PROXY=127.0.0.1,localhost"
            if proxy
            else "let processes connect to 127.0.0.1",
        )
    what = "a server on a local port answers"
    if not _resolves():
        return warn(
            f"{what}; this machine's own name does not resolve",
            "vLLM over several GPUs may wait for it: export VLLM_HOST_IP=127.0.0.1",
        )
    if not _free(PORT):
        return ok(f"{what}; port {PORT} is taken: 'pte serve --port' another one")
    return ok(f"{what}; port {PORT} is free for 'pte serve'")


def _resolves() -> bool:
    try:
        socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        return False
    return True


def _free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


CHECKS = (Check("ports", ports),)
