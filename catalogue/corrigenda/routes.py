"""Correct a published listing: why, what, the difference, the new deadline, another person's decision."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.corrigenda import pages, queries
from catalogue.corrigenda.extending import propose_extension
from catalogue.corrigenda.forms import EXTENSION, READERS, REASON, RETURN
from catalogue.corrigenda.services import (
    approve_corrigendum,
    change_reason,
    draft_corrigendum,
    drop_subject,
    return_corrigendum,
    save_subject,
    submit_corrigendum,
    withdraw_corrigendum,
)  # fmt: skip
from catalogue.corrigenda.subjects import check_may_correct, correctable_of
from catalogue.listings.draft_pages import row_count
from catalogue.listings.forms import ROW_PREFIX
from catalogue.listings.queries import listing_page
from catalogue.listings.rules import check_may_draft_for
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

READ = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING, Permission.READ_EVERYTHING)
DRAFT = needs(Permission.DRAFT_LISTING)
REVIEW = needs(Permission.APPROVE_LISTING)
LISTING = "/listings/{reference:str}"
# subjects whose page is not drafting's own
OWN_PAGES = ("money", "period", "framework", "timetable")
ONE = LISTING + "/corrigenda/{corrigendum:uuid}"


async def _begin_page(
    name: str, reference: str, form: Bound | None, actor: Actor, now: datetime, status_code: int = 200
) -> Template:
    listing = await listing_page(reference)
    check_may_draft_for(actor, listing["procuring_unit"], listing["agency_agreement"], Entrusted.CHANGE)
    return page(
        f"catalogue/corrigenda/{name}.html", status_code=status_code, listing=listing, form=form,
        opened=await queries.open_corrigendum(listing["id"]), **pages.extension_facts(listing, now),
    )  # fmt: skip


@get(LISTING + "/corrigenda/new", opt=DRAFT)
async def show_new(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Say why the listing is corrected."""
    return await _begin_page("new", reference, None, actor, now)


@post(LISTING + "/corrigenda/new", opt=DRAFT)
async def do_draft(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Begin it and show what may be changed."""
    form = parse(REASON, (await posted(request)).texts)
    if form.errors:
        return await _begin_page("new", reference, form, actor, now, 422)
    affects = bool(form["says_it_affects_bids"])
    return go(
        f"/listings/{reference}/corrigenda/{await draft_corrigendum(reference, form['reason'], affects, actor, now)}"
    )


@get(LISTING + "/extension", opt=DRAFT)
async def show_extension(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Move the deadline or the document period, and nothing else."""
    return await _begin_page("extension", reference, None, actor, now)


@post(LISTING + "/extension", opt=DRAFT)
async def do_extend(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Hand the extension to another person at once."""
    form = parse(EXTENSION, (await posted(request)).texts)
    if not form.errors:
        try:
            corrigendum = await propose_extension(reference, form.values, actor, now)
            return go(f"/listings/{reference}/corrigenda/{corrigendum}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["closes_at"] = refused.sentence
    return await _begin_page("extension", reference, form, actor, now, 422)


async def _one_page(
    reference: str, corrigendum: UUID, form: Bound | None, actor: Actor, now: datetime, status_code: int = 200
) -> Template:
    listing = await listing_page(reference)
    row = await queries.corrigendum_page(listing, corrigendum, actor)
    context = await pages.overview(listing, row, actor, now)
    return page("catalogue/corrigenda/show.html", status_code=status_code, form=form, **context)


@get(ONE, opt=READ)
async def show_corrigendum(
    reference: FromPath[str], corrigendum: FromPath[UUID], actor: CurrentActor, now: Now
) -> Template:
    """The whole of it: what changes, the new deadline, and what is next."""
    return await _one_page(reference, corrigendum, None, actor, now)


@post(ONE + "/reason", opt=DRAFT)
async def do_change_reason(
    request: Request[Any, Any, Any], reference: FromPath[str], corrigendum: FromPath[UUID], actor: CurrentActor,
    now: Now,
) -> Redirect | Template:  # fmt: skip
    """Say anew why."""
    form = parse(REASON, (await posted(request)).texts)
    if form.errors:
        return await _one_page(reference, corrigendum, form, actor, now, 422)
    await _visible(reference, corrigendum, actor)
    await change_reason(corrigendum, form["reason"], bool(form["says_it_affects_bids"]), actor, now)
    return go(f"/listings/{reference}/corrigenda/{corrigendum}")


async def _visible(reference: str, corrigendum: UUID, actor: Actor) -> tuple[dict[str, Any], dict[str, Any]]:
    listing = await listing_page(reference)
    return listing, await queries.corrigendum_page(listing, corrigendum, actor)


async def _subject_page(
    found: tuple[dict[str, Any], dict[str, Any]], subject: str, form: Bound, actor: Actor, status_code: int = 200
) -> Template:
    listing, row = found
    prefix = ROW_PREFIX.get(subject)
    context = await pages.subject_context(listing, row, subject, form, actor)
    context["rows"] = row_count(form.raw, prefix) if prefix else 0
    place = "catalogue/corrigenda" if subject in OWN_PAGES else "catalogue/listings"
    return page(f"{place}/{subject}.html", status_code=status_code, form=form, **context)


@get(ONE + "/{subject:str}", opt=READ)
async def show_subject(
    reference: FromPath[str], corrigendum: FromPath[UUID], subject: FromPath[str], actor: CurrentActor, now: Now
) -> Template:
    """One subject, as it would be or as it was published. Raises Forbidden for the object and the conditions."""
    found = await _visible(reference, corrigendum, actor)
    check_may_correct(subject, found[0])
    if subject not in correctable_of(found[0]):
        raise NotFound()
    return await _subject_page(found, subject, Bound(raw=await pages.raw_subject(*found, subject)), actor)


@post(ONE + "/{subject:str}", opt=DRAFT)
async def do_save_subject(
    request: Request[Any, Any, Any], reference: FromPath[str], corrigendum: FromPath[UUID], subject: FromPath[str],
    actor: CurrentActor, now: Now,
) -> Redirect | Template:  # fmt: skip
    """Keep what was typed; mistakes of reading stay on the form, mistakes of law are told on the overview."""
    found = await _visible(reference, corrigendum, actor)
    check_may_correct(subject, found[0])
    if subject not in correctable_of(found[0]):
        raise NotFound()
    typed = (await posted(request)).texts
    form, part = READERS[subject](typed)
    if part is None:
        return await _subject_page(found, subject, form, actor, 422)
    await save_subject(corrigendum, subject, only_texts(typed), actor, now)
    base = f"/listings/{reference}/corrigenda/{corrigendum}"
    return go(f"{base}/{subject}" if typed.get("then") == "more" else base)


def only_texts(typed: Mapping[str, Any]) -> dict[str, str]:
    """The answers of a form without its buttons."""
    return {
        name: str(value) for name, value in typed.items()
        if name not in ("version", "then") and isinstance(value, str) and len(name) <= 60
    }  # fmt: skip


@post(ONE + "/{subject:str}/drop", opt=DRAFT)
async def do_drop(
    reference: FromPath[str], corrigendum: FromPath[UUID], subject: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Leave it as it was published."""
    await _visible(reference, corrigendum, actor)
    await drop_subject(corrigendum, subject, actor, now)
    return go(f"/listings/{reference}/corrigenda/{corrigendum}")


@post(ONE + "/submit", opt=DRAFT)
async def do_submit(
    reference: FromPath[str], corrigendum: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Hand it to another person."""
    await _visible(reference, corrigendum, actor)
    try:
        await submit_corrigendum(corrigendum, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        return await _one_page(reference, corrigendum, Bound(errors={"_form": refused.sentence}), actor, now, 422)
    return go(f"/listings/{reference}/corrigenda/{corrigendum}")


@post(ONE + "/approve", opt=irreversible(REVIEW))
async def do_approve(
    request: Request[Any, Any, Any], reference: FromPath[str], corrigendum: FromPath[UUID], actor: CurrentActor,
    now: Now,
) -> Redirect | Template:  # fmt: skip
    """Publish it with the deadline that was shown."""
    await _visible(reference, corrigendum, actor)
    shown = str((await posted(request)).texts.get("closes_at", ""))
    try:
        number = await approve_corrigendum(corrigendum, _moment(shown), actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        return await _one_page(reference, corrigendum, Bound(errors={"_form": refused.sentence}), actor, now, 422)
    return go(f"/listings/{reference}/versions/{number}/changes")


def _moment(typed: str) -> datetime:
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        raise NotFound() from None
    if found.tzinfo is None:
        raise NotFound()
    return found


@post(ONE + "/return", opt=REVIEW)
async def do_return(
    request: Request[Any, Any, Any], reference: FromPath[str], corrigendum: FromPath[UUID], actor: CurrentActor,
    now: Now,
) -> Redirect | Template:  # fmt: skip
    """Give it back."""
    form = parse(RETURN, (await posted(request)).texts)
    if form.errors:
        return await _one_page(reference, corrigendum, form, actor, now, 422)
    await _visible(reference, corrigendum, actor)
    await return_corrigendum(corrigendum, form["reason"], actor, now)
    return go(f"/listings/{reference}/corrigenda/{corrigendum}")


@post(ONE + "/withdraw", opt=DRAFT)
async def do_withdraw(reference: FromPath[str], corrigendum: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Let it go."""
    await _visible(reference, corrigendum, actor)
    await withdraw_corrigendum(corrigendum, actor, now)
    return go(f"/listings/{reference}")


ROUTES: list[Any] = [
    show_new, do_draft, show_extension, do_extend, show_corrigendum, do_change_reason, show_subject, do_save_subject,
    do_drop, do_submit, do_approve, do_return, do_withdraw,
]  # fmt: skip
