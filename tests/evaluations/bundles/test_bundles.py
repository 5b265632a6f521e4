"""Award bundles: what each tier holds, that it can be computed again, and that any change is found."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from catalogue.listings.queries import listing_by_id
from evaluations.awards.services import determine_award, publish_award_notice
from evaluations.bundles import merkle
from evaluations.bundles.queries import bundle
from evaluations.bundles.shape import BIDDER, PUBLIC, SUPERVISION
from evaluations.bundles.verify import verify, words
from evaluations.bundles.verify_command import main
from evaluations.scoring.lookback import working_of_listing
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from tests.algorithms import by_sm
from tests.builders_catalogue import a_budget_line, n1_scoring, with_past_performance
from tests.builders_contracts import a_provider
from tests.builders_credit import a_published_entry
from tests.builders_evaluations import BIDDERS, Offered, Opened, a_scored_listing, an_opened_listing, director
from tests.builders_vendors import a_standing
from tests.pages import sign_in

THREE = {
    "和风": Offered("498000.00", past_grade="good", past_evaluated_on=date(2025, 9, 1), past_evidence="PJ-2025-0001"),
    "沱江": Offered("480000.00", small_micro=False),
    "云顶": Offered("500000.00", qualified=False),
}


async def announced(clock: Any, offers: dict[str, Offered] | None = None, **changed: Any) -> Opened:
    """A scored listing whose award is announced; 沱江 loses points, so 和风 wins though it is dearer."""
    opened = await a_scored_listing(await clock.now(), offers or THREE, {"沱江": "12"}, **changed)
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    return opened


async def tiers(opened: Opened) -> dict[str, dict[str, Any]]:
    """The bundles of everybody, as files."""
    reference = opened.listing.reference
    found = {PUBLIC: await bundle(reference, PUBLIC), SUPERVISION: await bundle(reference, SUPERVISION)}
    for name in opened.bids:
        found[name] = await bundle(reference, BIDDER, (await director(name, opened.now)).organisation_id)
    return {name: json.loads(json.dumps(said)) for name, said in found.items()}


async def test_every_tier_can_be_computed_again(clock: Any) -> None:
    found = await tiers(await announced(clock))
    for name, said in found.items():
        verdict = verify([said])
        assert verdict.holds, (name, words(verdict))
        assert verdict.whole_rankings == (1 if name == SUPERVISION else 0), name
    together = verify([found[name] for name in THREE])
    assert together.holds and together.whole_rankings == 1 and together.rows == 3


async def test_R_SME_04_the_deduction_of_a_consortium_is_scored_told_and_computed_again(clock: Any) -> None:
    offers = {
        "和风": Offered("498000.00", more={"small_share": Decimal("30")}),
        "沱江": Offered("480000.00", more={"small_share": Decimal("29.99")}),
    }
    scoring = replace(n1_scoring(), small_micro_deduction=Decimal(10), consortium_deduction=Decimal(5))
    found = await tiers(await announced(clock, offers, scoring=scoring))
    for name, said in found.items():
        assert verify([said]).holds, name
    [lot] = found[SUPERVISION]["lots"]
    rows = [row["public"] for row in (lot["winner"], *lot["rows"])]
    told = {
        Decimal(row["price"]): (row.get("is_small_consortium", False), Decimal(row["evaluated_price"])) for row in rows
    }
    assert told == {Decimal(498000): (True, Decimal(473100)), Decimal(480000): (False, Decimal(480000))}
    for said in rows:
        said["is_small_consortium"] = not said.get("is_small_consortium", False)
    assert not verify([found[SUPERVISION]]).holds


async def test_R_SME_04_the_deduction_for_a_subcontract_is_scored_told_and_computed_again(clock: Any) -> None:
    def given(share: str) -> dict[str, Any]:
        return {"subcontract_share": Decimal(share), "small_subcontract": Decimal(share)}

    offers = {"和风": Offered("498000.00", more=given("30")), "沱江": Offered("480000.00", more=given("29.99"))}
    scoring = replace(n1_scoring(), small_micro_deduction=Decimal(10), consortium_deduction=Decimal(5))
    opened = await announced(clock, offers, scoring=scoring)
    found = await tiers(opened)
    for name, said in found.items():
        assert verify([said]).holds, name
    [lot] = found[SUPERVISION]["lots"]
    rows = [row["public"] for row in (lot["winner"], *lot["rows"])]
    told = {Decimal(r["price"]): (r.get("is_small_subcontract", False), Decimal(r["evaluated_price"])) for r in rows}
    assert told == {Decimal(498000): (True, Decimal(473100)), Decimal(480000): (False, Decimal(480000))}
    lines = (await working_of_listing(await listing_by_id(opened.listing.id)))[str(opened.bids["和风"])]
    assert "分包" in str(lines[0].label) and (lines[0].formula, lines[0].clause) == ("498000 × 95%", "R-SME-04")
    for said in rows:
        said["is_small_subcontract"] = not said.get("is_small_subcontract", False)
    assert not verify([found[SUPERVISION]]).holds


async def test_the_public_tier_names_nobody_but_the_winner(clock: Any) -> None:
    opened = await announced(clock)
    said = json.dumps((await tiers(opened))[PUBLIC], ensure_ascii=False)
    assert BIDDERS["和风"][0] in said and "498000" in said
    for name in ("沱江", "云顶"):
        assert BIDDERS[name][0] not in said and BIDDERS[name][1] not in said
    # the lowest price is another bidder's, so the base price stays with it
    assert "480000" not in json.dumps(json.loads(said)["lots"]) and json.loads(said)["lots"][0]["base_price"] is None


async def test_a_bidder_reads_its_own_row_and_no_other(clock: Any) -> None:
    found = await tiers(await announced(clock))
    said = json.dumps(found["沱江"], ensure_ascii=False)
    assert BIDDERS["云顶"][0] not in said and "500000" not in json.dumps(found["沱江"]["lots"])
    [row] = found["沱江"]["lots"][0]["rows"]
    assert row["public"]["bidder"] == BIDDERS["沱江"][0] and len(row["private"]["marks"]["1"]) == 3
    assert found["沱江"]["lots"][0]["base_price"] == "480000"


def changes(said: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The same file with one thing changed, for every value of every shown row, and of the terms that decide."""
    found = []
    for lot in range(len(said["lots"])):
        shown = [("winner",), *(("rows", place) for place in range(len(said["lots"][lot]["rows"])))]
        for way in shown:
            for part in ("public", "private"):
                row = _at(said["lots"][lot], way)
                for field in row.get(part, {}):
                    changed = copy.deepcopy(said)
                    _at(changed["lots"][lot], way)[part][field] = "7"
                    found.append((f"{'/'.join(map(str, way))}/{part}/{field}", changed))
        for field in ("root", "base_price"):
            if said["lots"][lot][field] is not None:
                changed = copy.deepcopy(said)
                changed["lots"][lot][field] = "0" * 64 if field == "root" else "1"
                found.append((field, changed))
        changed = copy.deepcopy(said)
        changed["lots"][lot]["award"]["amount"] = "1"
        found.append(("award/amount", changed))
    return found


def _at(value: Any, way: tuple[Any, ...]) -> Any:
    for step in way:
        value = value[step]
    return value


async def test_whatever_is_changed_in_a_file_is_found(clock: Any) -> None:
    found = await tiers(await announced(clock))
    for name, said in found.items():
        for what, changed in changes(said):
            if changed != said:
                assert not verify([changed]).holds, (name, what)


async def test_a_row_changed_in_the_database_after_the_notice_is_found(clock: Any) -> None:
    opened = await announced(clock)
    await db.execute("ALTER TABLE mark DISABLE TRIGGER USER")
    await db.execute("UPDATE mark SET points = points - 1 WHERE opened_bid = $1", opened.bids["和风"])
    found = await tiers(opened)
    assert not verify([found[SUPERVISION]]).holds and not verify([found["和风"]]).holds
    assert "根哈希" in words(verify([found[SUPERVISION]]))[0]


async def test_even_a_forger_with_a_new_root_must_make_the_sums_right(clock: Any) -> None:
    said = (await tiers(await announced(clock)))[SUPERVISION]
    lot = said["lots"][0]
    for row in lot["rows"]:
        if row["public"]["bidder"] == BIDDERS["沱江"][0]:
            row["public"]["other_score"] = "79"
            row["public"]["total"] = f"{Decimal(row['public']['price_score']) + 79:f}"
    lot["rows"].sort(key=lambda row: merkle.leaf(merkle.half(row["public"]), merkle.half(row["private"])))
    leaves = [merkle.leaf(merkle.half(row["public"]), merkle.half(row["private"])) for row in lot["rows"]]
    lot["root"] = merkle.root(leaves)
    for place, row in enumerate(lot["rows"]):
        row["place"], row["proof"] = place, merkle.proof(leaves, place)
        if row["public"]["award"]:
            lot["winner"] |= {"place": place, "proof": row["proof"]}
    [fault] = verify([said]).faults
    assert "other_score" in fault.text("zh")


async def test_the_roots_stand_in_the_audit_and_a_county_that_hashes_by_sm3_is_verified_also_after_going_back(
    clock: Any,
) -> None:
    with by_sm():
        opened = await announced(clock)
    for said in (await tiers(opened)).values():  # asked for while the county hashes by SHA-256 again
        verdict = verify([said])
        assert verdict.holds and said["lots"][0]["hashed_by"] == "sm3", words(verdict)
        said["lots"][0]["hashed_by"] = "sha256"
        assert "根哈希" in verify([said]).faults[0].text("zh")
    root = await db.fetchval("SELECT root FROM bundle_root WHERE lot = $1", opened.lot)
    detail = await db.fetchval("SELECT detail FROM audit_entry WHERE act = 'award.announced'")
    assert root in str(detail)


async def test_under_the_limit_the_places_by_standing_are_computed_again(clock: Any) -> None:
    now = await clock.now()
    evaluated = await a_provider(now, *BIDDERS["和风"])
    await a_standing(evaluated, now, "excellent", counts_from=date(2025, 6, 1), counts_until=date(2028, 5, 31))
    opened = await an_opened_listing(
        now, {"和风": Offered("99000.00"), "沱江": Offered("90000.00")}, line=await a_budget_line(now),
        scoring=with_past_performance(n1_scoring(), form="county_standing"), method="under_limit",
        budget=Decimal("100000.00"), ceiling=Decimal("100000.00"),
    )  # fmt: skip
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    found = await tiers(opened)
    assert verify([found[SUPERVISION]]).whole_rankings == 1
    wrong = copy.deepcopy(found[SUPERVISION])
    for row in wrong["lots"][0]["rows"]:
        row["public"]["rank"] = row["public"]["rank"] and 3 - row["public"]["rank"]
    assert not verify([wrong]).holds


async def test_who_was_passed_over_stands_before_the_winner_and_the_rest_is_computed_again(clock: Any) -> None:
    opened = await a_scored_listing(await clock.now(), below={"沱江": "6"})
    today = opened.now.date()
    await a_published_entry(
        opened.providers["和风"], opened.now, decided_on=today - timedelta(days=1), ends_on=date(2030, 1, 1),
        starts_on=today - timedelta(days=1), hear_until=today + timedelta(days=3),
    )  # fmt: skip
    for name in opened.bids:
        await director(name, opened.now)
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now)
    found = await tiers(opened)
    assert found[PUBLIC]["lots"][0]["winner"]["public"]["rank"] == 2
    assert all(verify([said]).holds for said in found.values())
    assert verify([found[SUPERVISION]]).whole_rankings == 1
    wrong = copy.deepcopy(found[SUPERVISION])
    wrong["lots"][0]["passed_over"] = 0
    assert not verify([wrong]).holds


async def test_who_may_take_which_bundle(client: httpx.AsyncClient, clock: Any) -> None:
    opened = await announced(clock)
    base = f"/listings/{opened.listing.reference}/award"
    public = await client.get(f"{base}/bundle.json")
    assert public.status_code == 200 and verify([public.json()]).holds
    page = await client.get(base)
    assert f"{base}/bundle.json" in page.text and public.json()["lots"][0]["root"] in page.text
    assert "full-bundle" not in page.text
    await sign_in(client, "wang.min")
    assert (await client.get(f"{base}/full-bundle.json")).status_code == 403
    await sign_in(client, "ma.chao")
    full = await client.get(f"{base}/full-bundle.json")
    assert full.status_code == 200 and verify([full.json()]).whole_rankings == 1


async def test_there_is_no_bundle_before_the_notice_and_none_of_ones_own_for_strangers(clock: Any) -> None:
    opened = await a_scored_listing(await clock.now(), THREE, {"沱江": "12"})
    with pytest.raises(NotFound):
        await bundle(opened.listing.reference, PUBLIC)
    await determine_award(opened.lot, opened.buyer, opened.now)
    await publish_award_notice(opened.listing.id, opened.buyer, opened.now + timedelta(minutes=1))
    with pytest.raises(NotFound):
        await bundle(opened.listing.reference, BIDDER, opened.buyer.organisation_id)


async def test_the_command_says_yes_no_and_what_it_cannot_read(
    clock: Any, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    said = (await tiers(await announced(clock)))[SUPERVISION]
    good, bad, broken = tmp_path / "good.json", tmp_path / "bad.json", tmp_path / "broken.json"
    good.write_text(json.dumps(said))
    assert main(["bundle", str(good)]) == 0 and "1" in capsys.readouterr().out
    said["lots"][0]["rows"][0]["public"]["total"] = "99"
    bad.write_text(json.dumps(said))
    assert main(["bundle", str(bad)]) == 1 and "根哈希" in capsys.readouterr().out
    broken.write_text("{")
    assert main(["bundle", str(broken)]) == 2
    for text in ("[]", "{}", '{"format": "award-bundle/1", "listing": {}, "lots": []}', '{"format": "x"}'):
        broken.write_text(text)
        assert main(["bundle", str(broken)]) == 1, text


def test_every_leaf_of_every_small_tree_can_be_proved_and_nothing_else() -> None:
    leaves = [merkle.half({"n": n}) for n in range(17)]
    for size in range(1, 18):
        top = merkle.root(leaves[:size])
        for place in range(size):
            beside = merkle.proof(leaves[:size], place)
            assert merkle.root_by_proof(leaves[place], place, size, beside) == top
            assert merkle.root_by_proof(leaves[(place + 1) % 17], place, size, beside) != top
            for wrong in (place + 1, place - 1, size + 1):
                if wrong != place and beside:
                    assert merkle.root_by_proof(leaves[place], wrong, size, beside) != top
            assert merkle.root_by_proof(leaves[place], place, size, [*beside, top]) != top
