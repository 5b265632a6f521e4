"""What the county knows of a round, in one question."""

from __future__ import annotations

from typing import Any

from marketplace.kernel.db import fetchrow
from marketplace.rehearsal.rules import Facts

# who acted, by user name
_SETS = {
    "sealed_by": "SELECT p.username FROM bid b JOIN person p ON p.id = b.sealed_by"
    " WHERE b.listing = l.id AND b.stage = 'first' AND b.status <> 'withdrawn'",
    "first_released_by": "SELECT p.username FROM key_release k JOIN person p ON p.id = k.opener"
    " WHERE k.listing = l.id AND k.stage = 'first'",
    "declared_by": "SELECT p.username FROM panel_member m JOIN person p ON p.id = m.person"
    " WHERE m.listing = l.id AND m.declared_at IS NOT NULL",
    "voted_by": "SELECT p.username FROM conformity_vote v JOIN panel_member m ON m.id = v.member"
    " JOIN person p ON p.id = m.person WHERE m.listing = l.id GROUP BY p.username"
    " HAVING count(DISTINCT v.opened_bid) >= (SELECT count(*) FROM opened_bid o JOIN bid b ON b.id = o.bid"
    "  JOIN qualification_decision d ON d.opened_bid = o.id AND d.is_qualified WHERE b.listing = l.id)",
    "invited": "SELECT p.username FROM final_price_invitation i JOIN bid b ON b.id = i.bid"
    " JOIN person p ON p.id = b.sealed_by WHERE b.listing = l.id",
    "final_sealed_by": "SELECT p.username FROM bid b JOIN person p ON p.id = b.sealed_by"
    " WHERE b.listing = l.id AND b.stage = 'final' AND b.status <> 'withdrawn'",
    "final_released_by": "SELECT p.username FROM key_release k JOIN person p ON p.id = k.opener"
    " WHERE k.listing = l.id AND k.stage = 'final'",
    "locked_by": "SELECT p.username FROM panel_member m JOIN person p ON p.id = m.person"
    " WHERE m.listing = l.id AND m.locked_at IS NOT NULL",
    "signed_sides": "SELECT s.side FROM signature s JOIN contract c ON c.id = s.contract WHERE c.listing = l.id",
}
_COUNTS = {
    "opened": "SELECT count(*) FROM opened_bid o JOIN bid b ON b.id = o.bid WHERE b.listing = l.id",
    "reviewed": "SELECT count(*) FROM qualification_decision d JOIN opened_bid o ON o.id = d.opened_bid"
    " JOIN bid b ON b.id = o.bid WHERE b.listing = l.id",
    "members": "SELECT count(*) FROM panel_member WHERE listing = l.id AND NOT has_interest",
    # who did not pass the review is not looked at by the panel
    "conformity_decided": "SELECT count(*) FROM opened_bid o JOIN bid b ON b.id = o.bid"
    " LEFT JOIN qualification_decision d ON d.opened_bid = o.id WHERE b.listing = l.id AND (NOT d.is_qualified"
    " OR EXISTS (SELECT 1 FROM conformity_decision c WHERE c.opened_bid = o.id))",
    "unanswered_signs": "SELECT count(*) FROM collusion_sign WHERE listing = l.id AND outcome = ''",
    "report_signatures": "SELECT count(*) FROM report_signature s JOIN evaluation_report r ON r.id = s.report"
    " WHERE r.listing = l.id AND r.version = (SELECT max(version) FROM evaluation_report WHERE listing = l.id)",
}
_QUESTION = (
    "SELECT r.number, l.id AS listing, l.reference, l.title, l.status, l.closes_at,"
    " l.submitted_at IS NOT NULL AS submitted, l.published_at IS NOT NULL AS published,"
    + "".join(f" ARRAY({question}) AS {name}," for name, question in _SETS.items())
    + "".join(f" ({question}) AS {name}," for name, question in _COUNTS.items())
    + " (SELECT closes_at FROM final_price_window WHERE listing = l.id) AS final_closes_at,"
    " coalesce((SELECT reference FROM contract WHERE listing = l.id), '') AS contract,"
    " coalesce((SELECT p.username FROM contract c JOIN provider v ON v.id = c.provider"
    "  JOIN membership m ON m.organisation = v.organisation AND m.role = 'provider'"
    "  JOIN person p ON p.id = m.person WHERE c.listing = l.id ORDER BY p.username LIMIT 1), '') AS winner"
    " FROM rehearsal_round r JOIN listing l ON l.id = r.listing"
)


async def newest_round() -> tuple[int, Facts] | None:
    """The round the tour follows, by its number; none before the first began."""
    row = await fetchrow(f"{_QUESTION} ORDER BY r.number DESC LIMIT 1")
    if row is None:
        return None
    return row["number"], _facts(dict(row))


def _facts(row: dict[str, Any]) -> Facts:
    known: dict[str, Any] = {name: row[name] for name in Facts.__dataclass_fields__}
    return Facts(**{**known, **{name: frozenset(row[name]) for name in _SETS}})
