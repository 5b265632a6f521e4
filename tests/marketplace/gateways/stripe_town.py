"""A small HTTP server with the shape of Stripe: checkout pages, payments, refunds, idempotency keys, signed news."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

import stripe


class StripeTown:
    """Keeps state and remembers what it was asked; `url` is where to find it."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: list[dict[str, Any]] = []
        self.answers: dict[str, tuple[str, int, dict[str, Any]]] = {}
        self.keys: list[str] = []
        self.refund_status = "succeeded"
        town = self

        class Counter(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*town.look(urlparse(self.path)))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
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

    def forget_keys(self) -> None:
        """A day passes: Stripe keeps idempotency keys no longer."""
        self.answers.clear()

    def pay(self, session_id: str) -> None:
        """The payer types a card on the checkout page."""
        session = self.sessions[session_id]
        assert session["status"] == "open", "an expired page takes no money"
        intent = {
            "id": f"pi_{len(self.intents) + 1}", "object": "payment_intent", "amount": session["amount_total"],
            "currency": "cny", "status": "succeeded", "metadata": dict(session["metadata"]),
            "latest_charge": {
                "id": f"ch_{len(self.intents) + 1}", "object": "charge", "created": int(time.time()), "paid": True,
            },
        }  # fmt: skip
        self.intents[intent["id"]] = intent
        session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent["id"], "url": None}

    def expire(self, session_id: str) -> None:
        """A page that nobody paid on for a day."""
        self.sessions[session_id] |= {"status": "expired", "url": None}

    def look(self, address: Any) -> tuple[int, dict[str, Any]]:
        if address.path == "/v1/refunds":
            wanted = parse_qs(address.query)["payment_intent"][0]
            found = [r for r in self.refunds if r["payment_intent"] == wanted]
            return 200, {"object": "list", "data": found, "has_more": False, "url": "/v1/refunds"}
        session = self.sessions.get(address.path.rpartition("/")[2])
        if session is None:
            return 404, fault("No such checkout.session")
        intent = self.intents.get(session["payment_intent"] or "")
        return 200, {**session, "payment_intent": intent}

    def once(self, key: str | None, path: str, body: str) -> tuple[int, dict[str, Any]]:
        """The same key gives the same answer; the same key with another body is refused."""
        if path.endswith("/expire"):
            return self._expire(path.split("/")[-2])
        assert key, "every act on money has an idempotency key"
        self.keys.append(key)
        if key in self.answers:
            known, status, answer = self.answers[key]
            if known != path + body:
                return 400, fault(
                    "Keys for idempotent requests can only be used with the same parameters", "idempotency_error"
                )
            return status, answer
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        status, answer = self._open(asked) if path == "/v1/checkout/sessions" else self._refund(asked)
        self.answers[key] = (path + body, status, answer)
        return status, answer

    def _open(self, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        number = f"cs_test_{len(self.sessions) + 1}"
        session: dict[str, Any] = {
            "id": number, "object": "checkout.session", "url": f"https://checkout.stripe.com/c/pay/{number}",
            "amount_total": int(asked["line_items[0][price_data][unit_amount]"]),
            "currency": asked["line_items[0][price_data][currency]"], "status": "open", "payment_status": "unpaid",
            "client_reference_id": asked["client_reference_id"], "payment_intent": None,
            "metadata": {"reference": asked["metadata[reference]"]},
        }  # fmt: skip
        self.sessions[number] = session
        return 200, dict(session)

    def _expire(self, session_id: str) -> tuple[int, dict[str, Any]]:
        if self.sessions[session_id]["status"] != "open":
            return 400, fault("Only open sessions can be expired")
        self.expire(session_id)
        return 200, dict(self.sessions[session_id])

    def _refund(self, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        intent = self.intents[asked["payment_intent"]]
        given_back = sum(r["amount"] for r in self.refunds if r["payment_intent"] == intent["id"])
        if intent["status"] != "succeeded" or given_back + int(asked["amount"]) > intent["amount"]:
            return 400, fault("Refund amount is greater than unrefunded amount")
        refund = {
            "id": f"re_{len(self.refunds) + 1}", "object": "refund", "amount": int(asked["amount"]),
            "payment_intent": intent["id"], "status": self.refund_status,
            "metadata": {"reference": asked["metadata[reference]"]},
        }  # fmt: skip
        self.refunds.append(refund)
        return 200, dict(refund)


def news(event_id: str, kind: str, subject: dict[str, Any], secret: str, at: int | None = None) -> tuple[bytes, str]:
    """The body and signature of a webhook call as Stripe makes it."""
    body = json.dumps({"id": event_id, "object": "event", "type": kind, "data": {"object": subject}})
    moment = at or int(time.time())
    signature = stripe.WebhookSignature._compute_signature(f"{moment}.{body}", secret)
    return body.encode(), f"t={moment},v1={signature}"


def fault(message: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"type": kind, "message": message}}
