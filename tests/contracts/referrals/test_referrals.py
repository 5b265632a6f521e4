"""A case sent on to another department: chosen columns alone, on a basis, answered in time or expired (R-REFER-01)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from contracts.cases.guarding import give_consent
from contracts.cases.queries import case_page, steps_of
from contracts.cases.services import Identity
from contracts.referrals.queries import referral_page
from contracts.referrals.rules import (
    COLUMN_LABELS,
    Basis,
    check_may_make_list,
    column_mistake,
    is_overdue,
    needs_consent,
)
from contracts.referrals.services import NewReferral, expire_referrals, make_list, note_answer, refer
from contracts.referrals.work import waiting_for
from marketplace.gateways.spreadsheets import Column, read_sheet
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import DomainError, Forbidden, FormRefused, IllegalMove, NotFound
from marketplace.kernel.forms import text
from tests.builders_cases import NUMBER, a_case, a_childs_case
from tests.cast import actor
from tests.pages import send, sign_in, words

NOW = at_county_time(date(2026, 3, 2), 10)
KNOWN = Identity("王大爷", NUMBER, "13800138000", "三江村3组")


def new(*columns: str, basis: Basis = Basis.DUTY) -> NewReferral:
    return NewReferral("金堂县医疗保障局", "核对医疗救助资格。", basis.value, columns or ("code", "name"))


def test_what_is_sent_says_whom_it_is_about_and_nothing_needless() -> None:
    assert column_mistake(["code"]) is None and column_mistake(["name", "identity_number"]) is None
    assert column_mistake(["phone", "village"]) and column_mistake(["code", "identity_number"])


def test_a_consent_is_its_own_basis_and_a_guardians_is_needed_but_in_an_emergency() -> None:
    assert needs_consent("consent", "full") and not needs_consent("duty", "full")
    assert needs_consent("duty", "minor") and not needs_consent("emergency", "minor")


def test_R_REFER_01_the_last_day_counts_and_the_file_ends_with_the_time_of_keeping() -> None:
    referral = {"status": "sent", "answer_until": date(2026, 3, 16), "expires_on": date(2026, 5, 31)}
    assert not is_overdue(referral, date(2026, 3, 16)) and is_overdue(referral, date(2026, 3, 17))
    assert not is_overdue({**referral, "status": "answered"}, date(2026, 3, 17))
    check_may_make_list(referral, date(2026, 5, 31))
    for past in ({**referral, "status": "answered"}, referral):
        with pytest.raises(DomainError):
            check_may_make_list(past, date(2026, 6, 1))


async def test_the_file_holds_the_chosen_columns_alone_and_its_making_is_kept(db: Any) -> None:
    case, clerk = await a_case(NOW, identity=KNOWN), await actor("luo.jie", NOW)
    with pytest.raises(DomainError) as bare:
        await refer(case, new(basis=Basis.CONSENT), clerk, NOW)
    assert bare.value.clause == "R-CIV-06"
    reference = await refer(case, new("code", "name", "phone"), clerk, NOW)
    content = await make_list(reference, "送医保局窗口", clerk, NOW)
    known = [Column(name, label, text(200), is_required=False) for name, label in COLUMN_LABELS.items()]
    sheet = read_sheet("l.xlsx", content, known)
    assert set(sheet.letters) == {"code", "name", "phone"} and sheet.rows[0].values["name"] == "王大爷"
    assert NUMBER not in str(sheet.rows[0].raw)
    assert await fetchval("SELECT purpose FROM resident_look WHERE reference = $1", reference) == "送医保局窗口"
    told = await fetch("SELECT detail::text AS d FROM audit_entry WHERE act LIKE 'referral.%'")
    assert len(told) == 2 and "王大爷" not in str(told) and "13800138000" not in str([r["d"] for r in told])
    with pytest.raises(Forbidden):
        await make_list(reference, "看看", await actor("liu.fang", NOW), NOW)
    found = await case_page(case, visible_to=clerk)
    assert [s["what"] for s in await steps_of(found["id"])] == ["registered", "referred"] and found["status"] == "open"


async def test_silence_shows_as_overdue_and_ends_with_the_time_of_keeping(db: Any) -> None:
    case, clerk = await a_case(NOW), await actor("luo.jie", NOW)
    reference = await refer(case, new(), clerk, NOW)
    [item] = [each for each in await waiting_for(clerk, NOW) if each.clause == "R-REFER-01"]
    assert item.due == date(2026, 3, 16)
    await expire_referrals(NOW + timedelta(days=90))
    assert (await referral_page(reference, clerk))["status"] == "sent"
    for _ in range(2):
        await expire_referrals(NOW + timedelta(days=91))
    assert (await referral_page(reference, clerk))["status"] == "expired" and not await waiting_for(clerk, NOW)
    assert await fetchval("SELECT count(*) FROM audit_entry WHERE act = 'referral.expired'") == 1
    with pytest.raises(IllegalMove):
        await note_answer(reference, "accepted", NOW.date(), "好", clerk, NOW)


async def test_a_childs_referral_needs_the_guardians_consent_and_is_seen_by_the_few(db: Any) -> None:
    case, officer = await a_childs_case(NOW), await actor("he.xin", NOW)
    with pytest.raises(DomainError):
        await refer(case, new(), officer, NOW)
    with pytest.raises(FormRefused):
        await give_consent(case, "referral", "guardian", "paper", NOW.date(), officer, NOW)  # nobody is named yet
    reference = await refer(case, new(basis=Basis.EMERGENCY), officer, NOW)
    with pytest.raises(NotFound):
        await referral_page(reference, await actor("luo.jie", NOW))


async def test_a_case_is_referred_and_answered_from_the_pages(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    case = await a_case(now, identity=KNOWN)
    await sign_in(client, "luo.jie")
    form = {"department": "金堂县医疗保障局", "purpose": "核对资格", "legal_basis": "duty"}
    told = {**form, "purpose": "电话 13800138000", "columns": "phone"}
    bad = await send(client, f"/cases/{case}/referrals/new", told)
    assert bad.status_code == 422 and "手机号" in words(bad.text)
    bare = await send(client, f"/cases/{case}/referrals/new", {**form, "columns": "phone"})
    assert bare.status_code == 422 and "不知道是哪一位" in words(bare.text)
    sent = await send(client, f"/cases/{case}/referrals/new", {**form, "columns": ["code", "name"]})
    assert sent.status_code == 303, words(sent.text)
    here = sent.headers["location"].split("?")[0]
    assert "王大爷" not in (await client.get(here)).text
    assert (await send(client, f"{here}/list.xlsx", {"purpose": ""})).status_code == 422
    made = await send(client, f"{here}/list.xlsx", {"purpose": "送窗口"})
    assert made.status_code == 200 and made.headers["cache-control"] == "no-store"
    today = at_county_time(now.date(), 10).date().isoformat()
    await send(client, f"{here}/receipt", {"receipt": "医保收1号", "received_on": today})
    answer = {"outcome": "accepted", "answered_on": today, "outcome_note": "已受理"}
    early = await send(client, f"{here}/answer", {**answer, "answered_on": "2020-01-01"})
    assert early.status_code == 422 and "送出以后" in words(early.text)
    assert (await send(client, f"{here}/answer", answer)).status_code == 303
    page = words((await client.get(here)).text)
    assert "对方受理" in page and "送窗口" in page
    assert (await send(client, f"{here}/answer", answer)).status_code == 409
    assert "转介有了答复" in words((await client.get(f"/cases/{case}")).text)
    assert "Answer by" in words((await client.get("/en/referrals")).text)
    await sign_in(client, "wang.min")
    assert (await client.get(here)).status_code == 403
