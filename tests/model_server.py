"""A model server on this computer that says what it is told to: the parts of OpenAI's API that Scrubjay asks for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

POEM = "Answer: The leaves let go of the oak,\nand **the wind** writes their names on the lake."
# A question with this word is answered word by word until the asker goes away.
SLOWLY = "slowly"
WRONG_KEY = "wrong"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        body = json.dumps({"data": [{"id": name} for name in self.server.models]}).encode()
        self.send_response(401 if self.headers.get("Authorization") == f"Bearer {WRONG_KEY}" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            if SLOWLY in asked.rsplit('"user"', 1)[-1]:
                self._say("Answer: One ")
                while not self.server.ending.wait(0.1):
                    self._say("leaf ")
            self._say(self.server.says.pop(0) if self.server.says else POEM, "stop")
            self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            """The asker stopped."""

    def _say(self, words: str, reason: str | None = None) -> None:
        event = {"choices": [{"delta": {"content": words}, "finish_reason": reason}]}
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the screen."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, models: tuple[str, ...], port: int, says: Sequence[str] = ()) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.models, self.says = models, list(says)
        self.ending = threading.Event()


@contextmanager
def model_server(*models: str, port: int = 0, says: Sequence[str] = ()) -> Iterator[str]:
    """The address of a server that has these models, while it runs; at a free port unless one is named.

    Args:
        says: its first answers; then the poem.
    """
    server = _Server(models, port, says)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.ending.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
