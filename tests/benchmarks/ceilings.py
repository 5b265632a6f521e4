"""How often each kind of page may ask the database: eight times, and those listed as often as they do today.

A number here goes down when its page gets better, and its line goes away at eight; it never goes up.
"""

from __future__ import annotations

MOST = 8
CEILINGS = {
    "/work": 10,
    "/challenges/*": 9, "/challenges/*/answer": 9, "/contracts/*/acceptance/*": 14,
    "/contracts/*/acceptance/*/request": 11, "/contracts/*/as-of": 9, "/contracts/*/hours": 9,
    "/contracts/*/papers": 9, "/frameworks/*": 13, "/invoices/*": 16, "/listings/*/award": 34,
    "/listings/*/challenges": 10, "/listings/*/lots/*/bid": 14, "/listings/*/lots/*/bid/check": 16,
    "/listings/*/lots/*/bid/consortium": 17, "/listings/*/lots/*/bid/eligibility": 14,
    "/listings/*/lots/*/bid/from-file": 15, "/listings/*/lots/*/bid/price": 14,
    "/listings/*/lots/*/bid/qualification": 14, "/listings/*/lots/*/bid/technical": 14,
    "/listings/*/lots/*/sealing/first": 19, "/listings/*/opening": 9, "/listings/*/panel": 12,
    "/listings/*/stage-papers": 11, "/my-data": 10, "/my-file": 15, "/my-organisation/prechecks": 9,
    "/my-organisation/workers/*/file": 9, "/providers/*": 15, "/providers/*/record": 11, "/providers/checks/*": 12,
    "/workers/*": 10,
}  # fmt: skip


def above(kind: str, questions: int) -> bool:
    """Whether a page of this kind asked more often than it may."""
    return questions > CEILINGS.get(kind, MOST)
