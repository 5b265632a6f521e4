"""One provider's public record."""

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from catalogue.items.rules import CATEGORY_LABELS, LEGAL_FORM_LABELS
from catalogue.listings.rules import GRADE_LABELS
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.web import page
from vendors.credit.queries import credit_facts, entries_of
from vendors.credit.rules import GROUND_LABELS
from vendors.incentives.queries import grants_of
from vendors.incentives.rules import KIND_LABELS
from vendors.providers import queries
from vendors.providers.rules import (
    CREDIT_CLAUSES,
    CREDIT_LABELS,
    FILE_STATUS_LABELS,
    FILE_STATUS_TONES,
    ProviderFacts,
    exclusions,
)
from vendors.standing.queries import standing_rows


@get("/providers/{reference:str}", opt=PUBLIC)
async def show_provider(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """One provider for everybody: facts, the state of its file, standing and credit entries."""
    provider = await queries.provider_by_reference(reference)
    actor: Actor | None = request.scope.get("user")
    today = county_day(now)
    facts = ProviderFacts(provider["name"], provider["legal_form"])
    return page(
        "vendors/providers/provider.html", provider=provider, legal_forms=LEGAL_FORM_LABELS, today=today,
        status_label=FILE_STATUS_LABELS[provider["file_status"]],
        status_tone=FILE_STATUS_TONES[provider["file_status"]],
        exclusions=exclusions(facts, await credit_facts(provider["id"]), today),
        entries=await entries_of(provider["id"]), standing=await standing_rows(provider["id"]),
        credit_labels=CREDIT_LABELS, credit_clauses=CREDIT_CLAUSES, credit_grounds=GROUND_LABELS,
        grants=await grants_of(provider["id"]), incentive_kinds=KIND_LABELS,
        grade_labels=GRADE_LABELS, category_labels=CATEGORY_LABELS,
        may_enter=actor is not None and actor.may(Permission.RECORD_CREDIT),
    )  # fmt: skip


ROUTES: list[Any] = [show_provider]
