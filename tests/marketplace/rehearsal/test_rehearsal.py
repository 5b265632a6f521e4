"""A rehearsal: nothing leads out of it, and its tour ticks what was really done, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from litestar import Request

from marketplace.app import create_app, open_gateways
from marketplace.demo.fill_command import fill
from marketplace.gateways.mail import FolderMailer, open_mailer
from marketplace.gateways.treasury_files import PaymentBatch, PaymentOrder, RehearsalVoucherFile
from marketplace.kernel.clock import CountyClock
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.settings import LEADS_OUT, Settings
from marketplace.migrate_command import MigrationFailed, check_kind
from marketplace.rehearsal.county import STEPS as COUNTY
from marketplace.rehearsal.fence import is_feed, keep_in
from marketplace.rehearsal.playing import ACTS
from marketplace.rehearsal.queries import newest_round
from marketplace.rehearsal.rehearse_command import environment, throw_away
from marketplace.rehearsal.rules import STEPS, Facts, step_of, walk
from tests.pages import send, words

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
REAL = {
    "DATABASE_URL": "postgresql://real", "SMTP_HOST": "mail.real", "STRIPE_KEY": "sk_live_1", "S3_BUCKET": "real",
    "CONTRACT_SIGNER": "real.signer:It", "PUBLIC_ADDRESS": "https://real", "KEYS_FOLDER": "/real/keys",
    "AWS_SECRET_ACCESS_KEY": "real", "PATH": "/usr/bin",
}  # fmt: skip


def some_facts(**other: object) -> Facts:
    """A round that was just begun."""
    nobody: frozenset[str] = frozenset()
    known: dict[str, object] = dict.fromkeys(Facts.__dataclass_fields__, nobody)
    known |= dict.fromkeys(("submitted", "published"), False)
    known |= dict.fromkeys(("opened", "reviewed", "members", "conformity_decided", "unanswered_signs"), 0)
    known |= {"report_signatures": 0, "contract": "", "winner": "", "final_closes_at": None, "status": "draft"}
    known |= {"listing": UUID(int=1), "reference": "JT-2026-0001", "title": "t", "closes_at": NOON + timedelta(days=15)}
    return Facts(**{**known, **other})  # type: ignore[arg-type]


def test_the_first_step_that_was_not_done_is_the_one_to_do_now() -> None:
    steps = walk(some_facts(), NOON)
    assert [each.step.key for each in steps if each.is_next] == ["hand_over"]
    assert steps[0].where == f"/listings/drafts/{UUID(int=1)}" and steps[-1].where == ""
    steps = walk(some_facts(submitted=True, published=True, sealed_by=frozenset({"tongxin", "huimin"})), NOON)
    assert [each.step.key for each in steps if each.is_done] == ["hand_over", "publish", "others_seal"]
    assert [each.step.key for each in steps if each.is_next] == ["seal"]
    assert not any(each.is_next for each in walk(some_facts(status="failed"), NOON))
    assert set(ACTS) == {step.key for step in STEPS} and step_of("nothing") is None


def test_who_was_not_invited_is_not_waited_for() -> None:
    step = step_of("final_price")
    assert step is not None
    window = some_facts(final_closes_at=NOON, invited=frozenset({"tongxin"}))
    assert step.is_done(window, NOON)
    assert not step.is_done(replace(window, invited=frozenset({"nuanyang"})), NOON)


def test_nothing_of_the_real_county_is_handed_on(tmp_path: Path) -> None:
    told = environment(tmp_path, 8100, REAL)
    assert not set(told.values()) & (set(REAL.values()) - {REAL["PATH"]}) and told["PATH"] == "/usr/bin"
    assert not set(told) & (LEADS_OUT | {"KEYS_FOLDER", "PUBLIC_ADDRESS", "AWS_SECRET_ACCESS_KEY"})
    assert told["PGEMBED_DATA"].startswith(str(tmp_path)) and told["MARKETPLACE_VAR"].startswith(str(tmp_path))


def sandbox_settings(around: Mapping[str, str], folder: Path) -> Settings:
    return Settings.from_environment({**around, "MARKETPLACE_REHEARSAL": "1", "MARKETPLACE_VAR": str(folder)})


async def test_settings_by_hand_cannot_lead_out_either(tmp_path: Path) -> None:
    by_hand = sandbox_settings({name: "real" for name in LEADS_OUT}, tmp_path)
    assert by_hand.is_demo and by_hand.is_rehearsal and "real" not in repr(by_hand)
    gateways = open_gateways(by_hand)
    assert gateways.deposits is None and isinstance(open_mailer(by_hand), FolderMailer)
    assert isinstance(gateways.payments, RehearsalVoucherFile)
    order = PaymentOrder("甲", "银行", "6228480012345678901", Decimal("1.00"), "p", "HT-1", "m")
    receipt = await gateways.payments.pay(PaymentBatch("B1", [order]))
    paper = (await gateways.documents.get(receipt.document.key)).decode("utf-8-sig")
    assert RehearsalVoucherFile.NOT_FOR_PAYMENT in paper.splitlines()[0]


@pytest.mark.parametrize(("path", "refused"), [
    ("/data", True), ("/data/ocds", True), ("/api/listings", True), ("/search.atom", True), ("/search", False),
    ("/database", False), ("/listings/JT-2026-0001", False), ("/rehearsal", False),
])  # fmt: skip
def test_public_data_is_known_by_its_address(path: str, refused: bool) -> None:
    assert is_feed(path) is refused


def test_no_file_that_a_bank_would_pay_leaves_a_rehearsal() -> None:
    ending = "/subsidies/runs/BT-2026-0001/pay-file"
    keep_in(Request({"type": "http", "path": ending}))  # type: ignore[arg-type, typeddict-item]
    for whole in (f"{ending}/whole", "/payments/voucher-file/GK-2026-0001/pay-file/whole"):
        with pytest.raises(Forbidden, match="不生成给银行和国库"):
            keep_in(Request({"type": "http", "path": whole}))  # type: ignore[arg-type, typeddict-item]


def test_only_a_sandbox_is_thrown_away(tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "thesis").mkdir(parents=True)
    assert not throw_away(other, {}) and (other / "thesis").exists()
    sandbox = tmp_path / "sandbox"
    (sandbox / "var").mkdir(parents=True)
    assert throw_away(sandbox, {}) and not sandbox.exists()


class Says:
    """A database that says what kind it is."""

    def __init__(self, is_rehearsal: bool) -> None:
        self.is_rehearsal = is_rehearsal

    async def fetchval(self, _: str) -> bool:
        return self.is_rehearsal


async def test_a_sandbox_never_becomes_a_county_nor_a_county_a_sandbox(settings: Settings, tmp_path: Path) -> None:
    sandbox = sandbox_settings({}, tmp_path)
    await check_kind(settings, Says(False))  # type: ignore[arg-type]
    await check_kind(sandbox, Says(True))  # type: ignore[arg-type]
    for wrong, kind in ((settings, True), (sandbox, False)):
        with pytest.raises(MigrationFailed):
            await check_kind(wrong, Says(kind))  # type: ignore[arg-type]


async def test_a_whole_round_is_played_and_each_act_ticks_its_step(clock: object, tmp_path: Path) -> None:
    settings = sandbox_settings({}, tmp_path)
    assert await fill(settings, COUNTY) == len(COUNTY)
    transport = httpx.ASGITransport(app=create_app(settings, open_gateways(settings), own_pool=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.test") as browser:
        await tour_is_walked(browser)
        await nothing_public_is_given(browser)
        assert (await send(browser, "/rehearsal/rounds")).status_code == 303
    found = await newest_round()
    assert found is not None and found[0] == 2 and not found[1].submitted


async def tour_is_walked(browser: httpx.AsyncClient) -> None:
    """Every step by the machine, but the first by a person whose place is taken."""
    late = await send(browser, "/rehearsal/steps/publish")
    assert late.status_code == 403 and "请先完成前面的步骤" in words(late.text)
    page = (await browser.get("/rehearsal")).text
    assert "演练，一切都不算数" in page and "Rehearsal, nothing here counts" in page
    took = await send(browser, "/rehearsal/as/wang.min", {"next": "//elsewhere.example"})
    assert took.headers["location"] == "/rehearsal"
    assert "王敏" in words((await browser.get("/work")).text)
    assert (await send(browser, "/rehearsal/as/somebody")).status_code == 404
    for number, step in enumerate(STEPS):
        assert f"{number} / {len(STEPS)}" in words((await browser.get("/rehearsal")).text), step.key
        await place_can_be_taken(browser, step.key)
        answer = await send(browser, f"/rehearsal/steps/{step.key}")
        assert answer.status_code == 303, f"{step.key}: {words(answer.text)[:400]}"
    assert f"{len(STEPS)} / {len(STEPS)}" in words((await browser.get("/en/rehearsal")).text)
    assert await fetchval("SELECT status FROM contract") == "in_force"


async def place_can_be_taken(browser: httpx.AsyncClient, key: str) -> None:
    """Whoever is named for the step finds its page, and may act there."""
    found = await newest_round()
    assert found is not None
    shown = next(each for each in walk(found[1], await CountyClock().now()) if each.step.key == key)
    if shown.who:
        took = await send(browser, f"/rehearsal/as/{shown.who}", {"next": shown.where})
        page = await browser.get(took.headers["location"])
        assert page.status_code == 200 and "<form" in page.text, (key, shown.where, page.status_code)


async def nothing_public_is_given(browser: httpx.AsyncClient) -> None:
    for path in ("/data", "/data/ocds", "/api/listings", "/search.atom", "/en/data"):
        assert (await browser.get(path)).status_code == 403, path
    key = await browser.get("/rehearsal/keys/zhou.lan")
    assert key.content.startswith(b"age-encryption.org")
    assert (await browser.get("/rehearsal/keys/admin")).status_code == 404
