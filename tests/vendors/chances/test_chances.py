"""What a provider reads on a listing before any effort: the conditions, the clause, what would change them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from catalogue.items.rules import LegalForm
from catalogue.listings.queries import listing_page
from marketplace.kernel.db import engine, transaction
from marketplace.kernel.i18n import say
from marketplace.kernel.names import Name
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_full_file, a_provider
from tests.pages import sign_in, words
from vendors.answer import own_chance
from vendors.chances.rules import Asked, OwnFile, Verdict, conditions
from vendors.providers.rules import Exclusion, PaperKind, needed_papers

CLOSES = date(2026, 4, 1)
DAYS = st.none() | st.dates(CLOSES - timedelta(days=400), CLOSES + timedelta(days=400))
FILES = st.builds(
    OwnFile, st.sampled_from([f.value for f in LegalForm]), st.booleans(),
    st.dictionaries(st.sampled_from([k.value for k in PaperKind]), DAYS),
    st.frozensets(st.sampled_from(["S01", "A02"])),
)  # fmt: skip
LISTINGS = st.builds(
    Asked, st.just(CLOSES), st.dictionaries(st.integers(1, 4), st.sampled_from(["S01", "A02", "A07"])),
    st.lists(st.sampled_from([Name("赵镇街道", "Zhaozhen"), Name("淮口街道", "Huaikou")]), unique=True), st.booleans(),
    st.lists(st.text(max_size=300), max_size=20), st.booleans(),
)  # fmt: skip


@given(FILES, LISTINGS)
def test_what_is_not_met_says_its_clause_and_what_would_change_it(file: OwnFile, asked: Asked) -> None:
    for each in conditions(file, asked, [Exclusion(say("x"), "R-GPS-03")]):
        assert each.clause
        if each.verdict in (Verdict.MISSING, Verdict.AGAINST):
            assert each.change is not None and each.path.startswith("/")


@given(FILES, LISTINGS, st.sampled_from([k.value for k in PaperKind]))
def test_a_paper_more_never_makes_the_answer_worse(file: OwnFile, asked: Asked, kind: str) -> None:
    def missing(of: OwnFile) -> int:
        return sum(c.verdict == Verdict.MISSING for c in conditions(of, asked, []))

    richer = OwnFile(file.legal_form, file.is_small_micro, {**file.papers, kind: None}, file.items | {"A07"})
    assert missing(richer) <= missing(file)


@given(FILES, LISTINGS)
def test_a_file_is_against_a_listing_only_by_statute(file: OwnFile, asked: Asked) -> None:
    assert Verdict.AGAINST not in {c.verdict for c in conditions(file, asked, [])}


@given(st.sampled_from([f.value for f in LegalForm]), st.integers(-2, 2))
def test_a_paper_counts_to_its_last_day(form: str, days: int) -> None:
    papers = dict.fromkeys(needed_papers(form), CLOSES + timedelta(days=days))
    found = conditions(OwnFile(form, False, papers, frozenset()), Asked(CLOSES, {}), [])
    assert any(c.verdict == Verdict.MISSING for c in found) == (days < 0)


def test_a_text_that_asks_nothing_is_no_condition() -> None:
    file = OwnFile("foundation", False, {}, frozenset())
    found = conditions(file, Asked(CLOSES, {}, own_lines=["无。", " ", "有社会工作者三名"]), [])
    assert [str(c.sentence) for c in found if c.verdict == Verdict.IN_THE_BID] == ["公告的要求：有社会工作者三名"]


async def test_a_provider_reads_on_the_listing_what_its_file_meets(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    bidder = await a_provider(now)
    await sign_in(client, bidder.username)
    before = (await client.get(f"/listings/{listing.reference}")).text
    assert "资料里还没有" in words(before) and "/my-organisation/papers?kind=tax" in before
    assert "准备第 1 包的投标文件" in words(before)
    await a_full_file(bidder, "private_non_enterprise", now)
    after = (await client.get(f"/listings/{listing.reference}")).text
    assert "资料里有 7 份，截止那天都有效" in words(after) and "papers?kind=tax" not in after
    await sign_in(client, "wang.min")
    assert "对照本机构资料" not in (await client.get(f"/listings/{listing.reference}")).text


async def test_what_excludes_by_statute_leaves_the_bid_open(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    bidder = await a_provider(now, name="金堂县某中心", legal_form="public_institution_1", username="yilei")
    await sign_in(client, bidder.username)
    page = (await client.get(f"/listings/{listing.reference}")).text
    assert "单位类别由机构编制部门确定" in words(page) and "不符合" in words(page)
    assert (await client.get(f"/listings/{listing.reference}/lots/1/bid")).status_code == 200


async def test_the_answer_asks_the_database_five_times(clock: Any, db: Any) -> None:
    now = await clock.now()
    listing = await a_published_listing(now)
    bidder = await a_provider(now)
    row, asked = await listing_page(listing.reference), []
    async with transaction():
        connection = engine().current_transaction.get().connection
        connection.add_query_logger(lambda each: asked.append(each.query))
        chance = await own_chance(row, bidder.actor, now)
    assert chance is not None
    reads = [query for query in asked if query.lstrip().upper().startswith("SELECT")]
    assert len(reads) == 5, reads
