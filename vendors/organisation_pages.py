"""My organisation: the file as a list of tasks, from every feature of this package."""

from typing import Any

from litestar import Request, get
from litestar.response import Template

from catalogue.items.rules import LEGAL_FORM_LABELS
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import page
from vendors.credit.queries import credit_facts
from vendors.expiring.rules import is_past
from vendors.providers.queries import current_papers, own_provider
from vendors.providers.rules import (
    FILE_STATUS_LABELS,
    FILE_STATUS_TONES,
    PAPER_LABELS,
    ProviderFacts,
    exclusions,
    missing_papers,
    runs_out_soon,
)
from vendors.qualification.queries import holding
from vendors.registration.queries import file_facts
from vendors.registration.rules import PART_LABELS, PART_PATHS, part_states

DONE_WORDS = {
    "registered": N_("登记成功，您已经登录。下一步把材料交齐，申请预检。"),
    "facts": N_("基本情况已保存。"),
    "part": N_("已保存。可以接着填下一项，也可以以后再来。"),
}


@get("/my-organisation", opt=needs(Permission.EDIT_PROVIDER_FILE))
async def show_organisation(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Template:
    """What the file needs, what it holds, and where the pre-check stands."""
    provider = await own_provider(actor)
    papers, today = await current_papers(provider["id"]), county_day(now)
    facts = ProviderFacts(provider["name"], provider["legal_form"])
    return page(
        "vendors/providers/organisation.html", provider=provider, papers=papers, legal_forms=LEGAL_FORM_LABELS,
        missing=missing_papers(provider["legal_form"], [p["kind"] for p in papers]),
        soon=[p for p in papers if runs_out_soon(p["valid_until"], today) and not is_past(p["valid_until"], today)],
        past=[p for p in papers if is_past(p["valid_until"], today)], paper_labels=PAPER_LABELS,
        parts=part_states(await file_facts(provider["id"], today)), part_labels=PART_LABELS, part_paths=PART_PATHS,
        status_label=FILE_STATUS_LABELS[provider["file_status"]],
        status_tone=FILE_STATUS_TONES[provider["file_status"]],
        held=(await holding([provider["id"]], today))[provider["id"]],
        exclusions=exclusions(facts, await credit_facts(provider["id"]), today),
        done=DONE_WORDS.get(request.query_params.get("done", "")),
    )  # fmt: skip


ROUTES: list[Any] = [show_organisation]
