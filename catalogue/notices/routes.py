"""How an office is reached, as its notices say it."""

from typing import Any

from litestar import Request, get, post
from litestar.response import Redirect, Template

from catalogue.notices.forms import CONTACT
from catalogue.notices.queries import contacts_of
from catalogue.notices.services import save_contact
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

DRAFT = needs(Permission.DRAFT_LISTING)


@get("/office-contact", opt=DRAFT)
async def show_contact(request: Request[Any, Any, Any], actor: CurrentActor) -> Template:
    """The office's address, contact and telephone."""
    row = (await contacts_of([actor.organisation_id])).get(actor.organisation_id, {})
    raw = {field.name: row.get(field.name, "") for field in CONTACT}
    return _contact_page(Bound(raw=raw), actor, done="done" in request.query_params)


@post("/office-contact", opt=DRAFT)
async def do_save_contact(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Save it for the notices to come."""
    form = parse(CONTACT, (await posted(request)).texts)
    if form.errors:
        return _contact_page(form, actor, status_code=422)
    await save_contact(form["address"], form["person"], form["phone"], actor, now)
    return go("/office-contact?done=1")


def _contact_page(form: Bound, actor: Actor, done: bool = False, status_code: int = 200) -> Template:
    return page(
        "catalogue/notices/contact.html", status_code=status_code, form=form, office=actor.office, done=done
    )


ROUTES: list[Any] = [show_contact, do_save_contact]
