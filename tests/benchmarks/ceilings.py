"""How often each kind of page may ask the database: eight times, and those listed as often as they do today.

A number here goes down when its page gets better, and its line goes away at eight; it never goes up.
"""

from __future__ import annotations

MOST = 8
CEILINGS = {
    "/contracts/*/milestones/*/invoice": 10, "/contracts/*/sign": 10, "/listings/*/conformity": 17,
    "/listings/*/qualification": 20, "/listings/*/scoring": 12, "/listings/*/scoring/working": 9, "/service-state": 13,
    "/visits/new/*/check": 9,
}  # fmt: skip


def above(kind: str, questions: int) -> bool:
    """Whether a page of this kind asked more often than it may."""
    return questions > CEILINGS.get(kind, MOST)
