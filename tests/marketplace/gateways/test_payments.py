from collections.abc import Iterator
from decimal import Decimal

import pytest

from marketplace.gateways.payments import (
    Checkout,
    PaymentRefused,
    StripePayments,
    open_deposits,
    stripe_client,
)
from marketplace.kernel.settings import Settings
from tests.marketplace.gateways.stripe_town import StripeTown, news

SECRET = "whsec_county"


@pytest.fixture
def town() -> Iterator[StripeTown]:
    town = StripeTown()
    yield town
    town.close()


@pytest.fixture
def deposits(town: StripeTown) -> StripePayments:
    return StripePayments(stripe_client("sk_test_county", town.url), SECRET)


async def opened(deposits: StripePayments, amount: str = "5000.00", attempt: int = 1) -> Checkout:
    return await deposits.open_checkout("BZJ-7F3K", attempt, Decimal(amount), "投标保证金", "http://127.0.0.1/back")


async def test_a_deposit_has_one_page_per_attempt(town, deposits):
    first = await opened(deposits)
    assert first == await opened(deposits)
    assert len(town.sessions) == 1 and first.url.startswith("https://checkout.stripe.com/")
    assert town.sessions[first.id]["amount_total"] == 500_000
    assert town.sessions[first.id]["currency"] == "cny"
    assert not first.is_paid
    assert (await opened(deposits, attempt=2)).id != first.id


async def test_a_reference_with_another_amount_is_refused(deposits):
    await opened(deposits)
    with pytest.raises(PaymentRefused, match="另一个金额"):
        await opened(deposits, "6000.00")


async def test_a_paid_page_says_when_and_stays_open_to_nobody(town, deposits):
    page = await opened(deposits)
    town.pay(page.id)
    paid = await deposits.close_checkout(page.id)
    assert paid.is_paid and paid.paid_at is not None and not paid.is_expired
    assert (paid.intent, paid.amount, paid.reference) == ("pi_1", Decimal("5000.00"), "BZJ-7F3K")


async def test_a_page_that_was_shut_is_never_paid(town, deposits):
    page = await opened(deposits)
    assert (await deposits.close_checkout(page.id)).is_expired
    assert (await deposits.close_checkout(page.id)).is_expired
    assert town.sessions[page.id]["status"] == "expired"


async def test_a_deposit_goes_back_once_even_after_the_key_is_forgotten(town, deposits):
    page = await opened(deposits)
    town.pay(page.id)
    refund = await deposits.refund("pi_1", "BZJ-7F3K", Decimal("5000.00"))
    again = await deposits.refund("pi_1", "BZJ-7F3K", Decimal("5000.00"))
    town.forget_keys()
    later = await deposits.refund("pi_1", "BZJ-7F3K", Decimal("5000.00"))
    assert refund == again == later and refund.is_done and refund.amount == Decimal("5000.00")
    assert len(town.refunds) == 1
    with pytest.raises(PaymentRefused):
        await deposits.refund("pi_1", "BZJ-7F3K-2", Decimal("0.01"))


async def test_a_refund_that_failed_is_said_so(town, deposits):
    town.pay((await opened(deposits)).id)
    town.refund_status = "failed"
    refund = await deposits.refund("pi_1", "BZJ-7F3K", Decimal("5000.00"))
    assert refund.is_failed and not refund.is_done


async def test_a_service_that_cannot_be_reached_is_said_so():
    with pytest.raises(PaymentRefused, match="连不上"):
        await StripePayments(stripe_client("sk_test_county", "http://127.0.0.1:1"), SECRET).find_checkout("cs_1")


def an_event(secret: str = SECRET, at: int | None = None) -> tuple[bytes, str]:
    subject = {"id": "cs_1", "object": "checkout.session", "metadata": {"reference": "BZJ-7F3K"}}
    return news("evt_1", "checkout.session.completed", subject, secret, at)


def test_news_with_the_right_signature_is_read(deposits):
    event = deposits.read_event(*an_event())
    assert (event.id, event.kind, event.reference) == ("evt_1", "checkout.session.completed", "BZJ-7F3K")


@pytest.mark.parametrize(
    "body_change, arguments", [(b" ", {}), (b"", {"secret": "whsec_eve"}), (b"", {"at": 1}), (b"{", {})]
)
def test_news_that_was_changed_is_old_or_from_a_stranger_is_refused(deposits, body_change, arguments):
    body, signature = an_event(**arguments)
    with pytest.raises(PaymentRefused, match="签名"):
        deposits.read_event(body + body_change, signature)


def test_without_a_key_there_are_no_deposits_by_card():
    assert open_deposits(Settings.from_environment({})) is None
    test, real = (open_deposits(Settings.from_environment({"STRIPE_KEY": key})) for key in ("sk_test_x", "sk_live_x"))
    assert test is not None and test.is_test
    assert real is not None and not real.is_test
