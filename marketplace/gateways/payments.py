"""Deposits in and back by Stripe."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from marketplace.gateways.treasury_files import PaymentRefused, check_amount
from marketplace.kernel.i18n import N_
from marketplace.kernel.late import late
from marketplace.kernel.settings import Settings

stripe = late("stripe")

CURRENCY = "cny"


@dataclass(frozen=True)
class Checkout:
    """A page of the payment service on which one deposit is paid. Card details are typed there, never here.

    `paid_at` is real time; `intent` names the payment once there is one.
    """

    id: str
    url: str
    reference: str
    amount: Decimal
    is_paid: bool
    is_expired: bool
    intent: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True)
class Refund:
    """A deposit on its way back. `is_failed`: the service gave up, the money has to go another way."""

    id: str
    amount: Decimal
    is_done: bool
    is_failed: bool = False


@dataclass(frozen=True)
class Standing:
    """What the service took for a deposit and gave back of it, in yuan; only what is done counts."""

    paid: Decimal
    refunded: Decimal


@dataclass(frozen=True)
class DepositEvent:
    """News from the payment service about a deposit (`checkout.session.completed`, `refund.updated` …)."""

    id: str
    kind: str
    reference: str


class DepositGateway(Protocol):
    """Takes deposits and gives them back."""

    @property
    def is_test(self) -> bool:
        """Whether no real money moves."""
        ...

    async def open_checkout(self, reference: str, attempt: int, amount: Decimal, purpose: str, back: str) -> Checkout:
        """A page to pay a deposit (yuan) on. The same reference and attempt twice is one page."""
        ...

    async def find_checkout(self, checkout: str) -> Checkout:
        """How a page and its payment stand now."""
        ...

    async def close_checkout(self, checkout: str) -> Checkout:
        """Shut a page nobody shall pay on any more; one that is paid or shut already stays as it is."""
        ...

    async def refund(self, intent: str, reference: str, amount: Decimal) -> Refund:
        """Give a deposit back. The same reference twice, even years later, is one refund.

        What somebody gave back on the service's own pages is counted: never more goes back than came.
        """
        ...

    async def standing(self, checkout: str) -> Standing:
        """What the service took on a page and gave back of it until now."""
        ...

    def read_event(self, body: bytes, signature: str) -> DepositEvent:
        """News from the service. Raises PaymentRefused when the signature does not hold."""
        ...


class StripePayments:
    """Deposits by Stripe Checkout and refunds, each under an idempotency key."""

    def __init__(self, client: Any, webhook_secret: str, *, is_test: bool = False) -> None:
        self._client = client
        self._webhook_secret = webhook_secret
        self._is_test = is_test

    @property
    def is_test(self) -> bool:
        """Whether the key is one of Stripe's test mode."""
        return self._is_test

    async def open_checkout(self, reference: str, attempt: int, amount: Decimal, purpose: str, back: str) -> Checkout:
        """A page to pay a deposit (yuan) on. Raises PaymentRefused."""
        check_amount(amount)
        price = {"currency": CURRENCY, "unit_amount": fen(amount), "product_data": {"name": purpose}}
        mark = {"reference": reference}
        asked = {
            "mode": "payment", "client_reference_id": reference, "metadata": mark,
            "line_items": [{"quantity": 1, "price_data": price}], "payment_intent_data": {"metadata": mark},
            "success_url": back, "cancel_url": back,
        }  # fmt: skip
        sessions = self._client.v1.checkout.sessions
        return await self._checkout(sessions.create_async(asked, {"idempotency_key": f"deposit-{reference}-{attempt}"}))

    async def find_checkout(self, checkout: str) -> Checkout:
        """How a page and its payment stand now. Raises PaymentRefused."""
        wanted = {"expand": ["payment_intent.latest_charge"]}
        return await self._checkout(self._client.v1.checkout.sessions.retrieve_async(checkout, wanted))

    async def close_checkout(self, checkout: str) -> Checkout:
        """Shut a page that is still open; gives how it stands. Raises PaymentRefused."""
        found = await self.find_checkout(checkout)
        if found.is_paid or found.is_expired:
            return found
        try:
            await self._client.v1.checkout.sessions.expire_async(checkout)
        except stripe.InvalidRequestError:
            pass  # paid or run out between the two questions: the next look says which
        except stripe.StripeError as error:
            raise refusal(error) from error
        return await self.find_checkout(checkout)

    async def _checkout(self, answer: Awaitable[Any]) -> Checkout:
        try:
            return _checkout(await answer)
        except stripe.StripeError as error:
            raise refusal(error) from error

    async def refund(self, intent: str, reference: str, amount: Decimal) -> Refund:
        """Give a deposit back, in yuan. Raises PaymentRefused."""
        check_amount(amount)
        try:
            # Stripe forgets an idempotency key after a day: what was asked earlier is looked for first
            known = await self._client.v1.refunds.list_async({"payment_intent": intent, "limit": 100})
            refund = next((r for r in known.data if _mark(r) == reference), None)
            # given back by hand on Stripe's pages: only the rest can follow, and nothing where nothing is left
            # (what we gave back under another reference is no return of this one: Stripe refuses what is too much)
            by_hand = [r for r in known.data if r.status not in ("failed", "canceled") and not _mark(r)]
            left = fen(amount) - sum(r.amount for r in by_hand)
            if refund is None and by_hand and left <= 0:
                refund = by_hand[0]
            refund = refund or await self._client.v1.refunds.create_async(
                {"payment_intent": intent, "amount": left, "metadata": {"reference": reference}},
                {"idempotency_key": f"refund-{reference}"},
            )
        except stripe.StripeError as error:
            raise refusal(error) from error
        is_failed = refund.status in ("failed", "canceled")
        return Refund(refund.id, yuan(refund.amount), refund.status == "succeeded", is_failed)

    async def standing(self, checkout: str) -> Standing:
        """What Stripe took on a page and gave back of it. Raises PaymentRefused."""
        seen = await self.find_checkout(checkout)
        if not seen.is_paid:
            return Standing(yuan(0), yuan(0))
        try:
            known = await self._client.v1.refunds.list_async({"payment_intent": seen.intent, "limit": 100})
        except stripe.StripeError as error:
            raise refusal(error) from error
        return Standing(seen.amount, yuan(sum(r.amount for r in known.data if r.status == "succeeded")))

    def read_event(self, body: bytes, signature: str) -> DepositEvent:
        """News from Stripe; `body` are the raw bytes of the request. Raises PaymentRefused."""
        try:
            event = self._client.construct_event(body, signature, self._webhook_secret)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise PaymentRefused(N_("这条支付通知的签名不对，没有采用。请核对支付通知的密钥设置。")) from error
        subject = event.data.object.to_dict()
        return DepositEvent(event.id, event.type, (subject.get("metadata") or {}).get("reference", ""))


def open_deposits(settings: Settings) -> DepositGateway | None:
    """Stripe when its key is set; None where deposits are taken by bank transfer only."""
    if not settings.stripe_key:
        return None
    client = stripe_client(settings.stripe_key, settings.stripe_address)
    is_test = settings.stripe_key.startswith(("sk_test_", "rk_test_"))
    return StripePayments(client, settings.stripe_webhook_secret, is_test=is_test)


def stripe_client(key: str, address: str = "") -> Any:
    """A client of Stripe, or of the Stripe-shaped service at an address."""
    connection = stripe.HTTPXClient()
    if not address:
        return stripe.StripeClient(key, http_client=connection)
    return stripe.StripeClient(
        key,
        http_client=connection,
        base_addresses={"api": address, "connect": address, "files": address, "meter_events": address},
    )


def fen(amount: Decimal) -> int:
    """Yuan as whole fen."""
    return int(amount * 100)


def yuan(amount_in_fen: int) -> Decimal:
    """Fen as yuan with two places."""
    return (Decimal(amount_in_fen) / 100).quantize(Decimal("0.01"))


def refusal(error: Any) -> PaymentRefused:
    """A sentence for a person; the service's own words stay in the log of the exception's cause."""
    if isinstance(error, stripe.APIConnectionError):
        return PaymentRefused(N_("暂时连不上支付服务，这笔没有办成。请过几分钟再试一次，不会重复扣款。"))
    if isinstance(error, stripe.IdempotencyError):
        return PaymentRefused(N_("同一编号已经用另一个金额办理过。请核对原来那一笔，不要重复提交。"))
    return PaymentRefused(N_("支付服务没有接受这笔操作。请核对金额和原来那一笔是否已经退还；仍不行请联系系统管理员。"))


def _checkout(session: Any) -> Checkout:
    intent = session.payment_intent
    charge = None if intent is None or isinstance(intent, str) else intent.latest_charge
    return Checkout(
        session.id, session.url or "", session.client_reference_id or "", yuan(session.amount_total or 0),
        session.payment_status == "paid", session.status == "expired",
        intent if isinstance(intent, str) else intent.id if intent else "",
        datetime.fromtimestamp(charge.created, UTC) if charge and not isinstance(charge, str) else None,
    )  # fmt: skip


def _mark(refund: Any) -> str:
    return str(refund.to_dict().get("metadata", {}).get("reference", ""))
