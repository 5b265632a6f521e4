"""DOCX papers and their templates: the shipped one, or the county's own, checked before it is taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.notices.content import Paper, as_json, canonical
from catalogue.notices.county_papers import COUNTY_PAPERS, CountyPaper
from catalogue.notices.facts import ListingFacts
from catalogue.notices.fields import field_values
from catalogue.notices.kinds import FORMS, Kind
from catalogue.notices.sample import sample_listing, sample_paper
from catalogue.notices.services import Place, Shop, enter_paper
from catalogue.notices.shipped_template import shipped_template
from catalogue.notices.tables import PaperTemplate
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.docx import fill_template
from marketplace.gateways.file_types import MIME_TYPES, FileRefused, check_file
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_

DOCX = MIME_TYPES["docx"]
# the papers whose template a county may replace
TEMPLATES: dict[str, str] = {
    Kind.DOCUMENT.value: FORMS[Kind.DOCUMENT].title,
    **{which.value: COUNTY_PAPERS[which].title for which in CountyPaper},
}


async def templates_in_use() -> dict[str, dict[str, Any]]:
    """The county's own templates, by paper; a paper that is not named uses the shipped one."""
    rows = await fetch(
        "SELECT t.*, p.name AS uploaded_by_name FROM paper_template t JOIN person p ON p.id = t.uploaded_by"
        " WHERE t.ended_at IS NULL"
    )
    return {row["paper"]: dict(row) for row in rows}


async def template_bytes(paper: str, store: DocumentStore) -> bytes:
    """The template in use. Raises NotFound for a paper without one."""
    if paper not in TEMPLATES:
        raise NotFound()
    row = await fetchrow("SELECT storage_key FROM paper_template WHERE paper = $1 AND ended_at IS NULL", paper)
    return await store.get(row["storage_key"]) if row else shipped_template()


def template_values(paper: Paper, listing: ListingFacts) -> dict[str, Any]:
    """What a template may name: the paper as it stands, part by part, and every named field."""
    return {**field_values(listing), **as_json(paper)}


async def as_docx(paper: Paper, listing: ListingFacts, store: DocumentStore) -> bytes:
    """A paper filled into its template. Raises TemplateRefused."""
    return await fill_template(await template_bytes(paper.kind, store), template_values(paper, listing))


async def publish_docx(
    paper: Paper, listing: ListingFacts, place: Place, shop: Shop, act: tuple[Actor | None, datetime]
) -> dict[str, Any]:
    """The published DOCX of a paper; the same content in the same template is published once."""
    filled = await as_docx(paper, listing, shop.store)
    content = await shop.store.put(canonical(paper), f"{place.slug}.json")
    return await enter_paper(paper.title, place, (DOCX, filled, content.key), shop, act)


async def replace_template(
    paper: str, file: tuple[str, bytes], store: DocumentStore, actor: Actor, now: datetime
) -> UUID:
    """Take a county's own template after filling it in once. Raises FileRefused, TemplateRefused, NotFound."""
    actor.check_may(Permission.EDIT_PAPER_FORMS)
    name, content = file
    if paper not in TEMPLATES:
        raise NotFound()
    if check_file(name, content).extension != "docx":
        raise FileRefused(N_("模板要用 docx 格式。请另存为 docx 后再上传。"))
    # filled in with a sample before it is kept: what fails here would fail on the day of publication
    await fill_template(content, template_values(sample_paper(paper), sample_listing()))
    kept = await store.put(content, name)
    async with transaction():
        await execute("UPDATE paper_template SET ended_at = $2 WHERE paper = $1 AND ended_at IS NULL", paper, now)
        template: UUID = await insert(
            PaperTemplate, paper=paper, name=name[:200], storage_key=kept.key, sha256=kept.sha256, size=kept.size,
            uploaded_by=actor.person_id, uploaded_at=now,
        )  # fmt: skip
        detail = {"paper": paper, "name": name, "sha256": kept.sha256}
        await record("paper_template.replaced", ("paper_template", paper), actor, detail, now)
    return template


async def use_shipped_template(paper: str, actor: Actor, now: datetime) -> None:
    """Go back to the template that comes with the marketplace. Raises NotFound."""
    actor.check_may(Permission.EDIT_PAPER_FORMS)
    if paper not in TEMPLATES:
        raise NotFound()
    async with transaction():
        await execute("UPDATE paper_template SET ended_at = $2 WHERE paper = $1 AND ended_at IS NULL", paper, now)
        await record("paper_template.shipped", ("paper_template", paper), actor, {"paper": paper}, now)
