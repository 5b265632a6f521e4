"""One provider's public record: facts, file, contracts, evaluations, credit; and the same on paper."""

from datetime import datetime
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template

from catalogue.items.rules import CATEGORY_LABELS, LEGAL_FORM_LABELS
from catalogue.listings.rules import GRADE_LABELS
from catalogue.notices.official import official_page
from contracts.agreements.queries import contracts_of_provider
from contracts.agreements.rules import CONTRACT_LABELS
from contracts.amendments.rules import GROUND_LABELS as ENDING_LABELS
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import read_ahead, together
from marketplace.kernel.qr import qr_svg
from marketplace.kernel.web import go, page
from marketplace.site.notice_pages import shop_of, site_of
from marketplace.site.provider_record import Record, record_paper
from vendors.changes.queries import former_names
from vendors.credit.queries import credit_facts, entries_of
from vendors.credit.rules import GROUND_LABELS
from vendors.expiring.queries import past_papers
from vendors.incentives.queries import grants_of
from vendors.incentives.rules import KIND_LABELS
from vendors.providers import queries
from vendors.providers.rules import (
    CREDIT_CLAUSES,
    CREDIT_LABELS,
    PAPER_LABELS,
    ProviderFacts,
    exclusions,
)
from vendors.qualification.queries import grade_of, holding
from vendors.register.merging import kept_instead
from vendors.standing.pages import figures_of_provider
from vendors.standing.queries import standing_rows
from vendors.workers.consent import public_workers
from vendors.workers.rules import LEVEL_LABELS


async def _record(request: Request[Any, Any, Any], reference: str, now: datetime) -> Record:
    provider = await queries.provider_by_reference(reference)
    facts, key, day = ProviderFacts(provider["name"], provider["legal_form"]), provider["id"], county_day(now)
    (contracts, over_all), credit, standing, entries, former, held, grade = await together(
        contracts_of_provider(key), credit_facts(key), standing_rows(key), entries_of(key), former_names(key),
        holding([key], day), grade_of(key, day),
    )  # fmt: skip
    return Record(
        provider, now, exclusions(facts, credit, day), contracts, over_all, standing, entries,
        f"{site_of(request)}/providers/{reference}", former, held[key], grade,
    )  # fmt: skip


@get("/providers/{reference:str}", opt=PUBLIC)
async def show_provider(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template | Redirect:
    """One provider for everybody: facts, the state of its file, contracts, standing and credit entries."""
    await read_ahead(kept_instead(reference), queries.provider_by_reference(reference))
    if kept := await kept_instead(reference):
        return go(f"/providers/{kept}")
    provider = await queries.provider_by_reference(reference)
    actor: Actor | None = request.scope.get("user")
    record, grants, workers, past, figures = await together(
        _record(request, reference, now), grants_of(provider["id"]), public_workers(provider["id"]),
        _past(provider, actor, now), figures_of_provider(provider["id"], county_day(now)),
    )  # fmt: skip
    return page(
        "marketplace/site/provider.html", provider=provider, legal_forms=LEGAL_FORM_LABELS, today=county_day(now),
        held=record.held, grade=record.grade, exclusions=record.exclusions,
        contracts=record.contracts, over_all=record.over_all, contract_labels=CONTRACT_LABELS,
        ending_labels=ENDING_LABELS,
        entries=record.entries, standing=record.standing, credit_labels=CREDIT_LABELS,
        credit_clauses=CREDIT_CLAUSES, credit_grounds=GROUND_LABELS, former=record.former,
        grants=grants, incentive_kinds=KIND_LABELS, levels=LEVEL_LABELS,
        workers=workers, grade_labels=GRADE_LABELS, category_labels=CATEGORY_LABELS,
        figures=[each for each in figures if each[0] in {row["category"] for row in record.standing}],
        past=past, is_own=is_own(provider, actor), paper_labels=PAPER_LABELS,
        may_enter=actor is not None and actor.may(Permission.RECORD_CREDIT),
    )  # fmt: skip


def is_own(provider: dict[str, Any], actor: Actor | None) -> bool:
    """Whether the reader keeps this provider's file."""
    own = actor is not None and actor.organisation_id == provider["organisation"]
    return own and actor is not None and actor.may(Permission.EDIT_PROVIDER_FILE)


async def _past(provider: dict[str, Any], actor: Actor | None, now: datetime) -> list[dict[str, Any]]:
    """The papers that have run out, for the provider itself and for those who check files; papers are not public."""
    if actor is None or not (is_own(provider, actor) or actor.may(Permission.CHECK_PROVIDERS)):
        return []
    return (await past_papers([provider["id"]], county_day(now)))[provider["id"]]


@get("/providers/{reference:str}/record", opt=PUBLIC)
async def show_provider_record(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """The record as a certificate to print, with the code that leads back to the provider's page."""
    record = await _record(request, reference, now)
    return page(
        "marketplace/site/provider_record.html", provider=record.provider, paper=record_paper(record),
        code=qr_svg(record.address, ""),
    )  # fmt: skip


@get("/providers/{reference:str}/record.pdf", opt=PUBLIC)
async def download_provider_record(
    request: Request[Any, Any, Any], reference: FromPath[str], now: Now
) -> Response[bytes]:
    """The certificate as PDF, of this moment."""
    paper = record_paper(await _record(request, reference, now))
    content = await shop_of(request).press.press(official_page(paper))
    headers = {"Content-Disposition": disposition(f"{paper.title} {reference}.pdf"), "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


ROUTES: list[Any] = [show_provider, show_provider_record, download_provider_record]
