"""A small HTTP server with the shape of Stripe: payment intents, refunds, idempotency keys."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


class StripeTown:
    """Remembers what it was asked; `url` is where to find it."""

    def __init__(self) -> None:
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: list[dict[str, Any]] = []
        self.answers: dict[str, tuple[str, int, dict[str, Any]]] = {}
        self.keys: list[str] = []
        town = self

        class Counter(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                intent = town.intents.get(self.path.rpartition("/")[2])
                self._answer(*((200, intent) if intent else (404, fault("No such payment_intent"))))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._answer(*town.once(self.headers["Idempotency-Key"], self.path, body))

            def _answer(self, status: int, content: dict[str, Any]) -> None:
                written = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(written)))
                self.end_headers()
                self.wfile.write(written)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def once(self, key: str, path: str, body: str) -> tuple[int, dict[str, Any]]:
        """The same key gives the same answer; the same key with another body is refused."""
        self.keys.append(key)
        if key in self.answers:
            known, status, answer = self.answers[key]
            if known != path + body:
                return 400, fault(
                    "Keys for idempotent requests can only be used with the same parameters", "idempotency_error"
                )
            return status, answer
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        status, answer = self._take(asked) if path == "/v1/payment_intents" else self._refund(asked)
        self.answers[key] = (path + body, status, answer)
        return status, answer

    def _take(self, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        intent = {
            "id": f"pi_{len(self.intents) + 1}",
            "object": "payment_intent",
            "amount": int(asked["amount"]),
            "currency": asked["currency"],
            "status": "requires_payment_method",
            "client_secret": "pi_secret",
            "metadata": {"reference": asked["metadata[reference]"]},
        }
        self.intents[intent["id"]] = intent
        return 200, dict(intent)

    def _refund(self, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        intent = self.intents[asked["payment_intent"]]
        given_back = sum(refund["amount"] for refund in self.refunds if refund["payment_intent"] == intent["id"])
        if intent["status"] != "succeeded" or given_back + int(asked["amount"]) > intent["amount"]:
            return 400, fault("Refund amount is greater than unrefunded amount")
        refund = {
            "id": f"re_{len(self.refunds) + 1}",
            "object": "refund",
            "amount": int(asked["amount"]),
            "payment_intent": intent["id"],
            "status": "succeeded",
        }
        self.refunds.append(refund)
        return 200, refund


def fault(message: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"type": kind, "message": message}}
