"""An announced award whose winner stands after a re-evaluation, with other totals: what it says is set right."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from evaluations.awards.clock import SILENCE
from evaluations.awards.rules import after_silence, plain
from evaluations.awards.services import basis_of
from evaluations.awards.ties import first_ranked
from evaluations.bundles.services import keep_roots
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.rulebook import number

Row = dict[str, Any]


async def restate_award(row: Row, award: Row, basis_number: str, actor: Actor, now: datetime) -> None:
    """Total, basis and root anew; winner and price stay. The audit keeps what stood before (R-REEV-01)."""
    first = await first_ranked(award["lot"])
    won = next(r for r in first if r["opened_bid"] == award["opened_bid"])
    passed = await fetchval("SELECT count(*) FROM passed_over WHERE lot = $1", award["lot"])
    basis, _ = await basis_of(row, award["lot"], won, passed, tied=len(first) > 1)
    if award["is_deemed"]:
        basis = after_silence(basis, int(number(SILENCE, row["rules_on"] or county_day(now))))
    await execute(
        "UPDATE award SET total_score = $2, basis = $3, basis_en = $4 WHERE id = $1",
        award["id"], won["total"], basis.text("zh"), basis.text("en"),
    )  # fmt: skip
    before = await fetchval("DELETE FROM bundle_root WHERE lot = $1 RETURNING root", award["lot"])
    roots = await keep_roots(row["id"], now)
    detail = {
        "award": award["reference"], "number": basis_number, "from": plain(award["total_score"]),
        "points": plain(won["total"]), "root": before or "", "roots": " ".join(roots.values()),
    }  # fmt: skip
    await record("award.restated", ("listing", str(row["id"])), actor, detail, now)
