"""From a published version to its 更正公告: what stood there, what stands now."""

from __future__ import annotations

from collections.abc import Sequence

from catalogue.listings.version_queries import version_lines, version_of
from catalogue.listings.versions import Piece, changes
from catalogue.notices.content import Paper
from catalogue.notices.course_notices import corrigendum
from catalogue.notices.facts import Change, CorrigendumFacts
from catalogue.notices.queries import Row, contact, contacts_of
from catalogue.notices.sources import agency_contact, in_language
from marketplace.kernel.db import together
from marketplace.kernel.i18n import translate


async def corrigendum_paper(listing: Row, number: int) -> Paper:
    """The notice of one version after the first. Raises NotFound."""
    version, before, offices, agency = await together(
        version_of(listing["id"], number), version_of(listing["id"], number - 1),
        contacts_of([listing["procuring_unit"]]), agency_contact(listing),
    )  # fmt: skip
    differing = changes(*await together(version_lines(before["id"]), version_lines(version["id"])))
    office = contact(in_language(listing, "procuring_unit_name"), offices.get(listing["procuring_unit"]))
    return corrigendum(
        CorrigendumFacts(
            reference=listing["reference"], title=in_language(listing, "title"), number=number - 1,
            first_published_at=listing["published_at"], target="documents",
            changes=tuple(
                Change(_subject(each.item, each.label), _whole(each.old), _whole(each.new)) for each in differing
            ),
            reason=version["reason"], published_at=version["published_at"],
            closes_at=version["closes_at"] if version["closes_at"] != before["closes_at"] else None, buyer=office,
            agency=agency,
        )
    )  # fmt: skip


def _subject(item: str, label: str) -> str:
    return f"{item} · {translate(label)}" if item else translate(label)


def _whole(pieces: Sequence[Piece] | None) -> str:
    return "".join(piece.text for piece in pieces) if pieces else "—"
