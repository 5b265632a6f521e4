"""The members elect their chair."""

from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from evaluations.panel import queries
from evaluations.panel.chair import vote_for_chair
from evaluations.panel.routes import panel_page
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Field, identifier, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, posted

VOTE = [Field("chosen", N_("组长"), identifier())]


@post("/listings/{reference:str}/panel/chair", opt=SIGNED_IN)
async def do_vote_for_chair(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """A member says whom it wants as chair."""
    listing = await queries.panel_listing(reference, actor)
    form = parse(VOTE, (await posted(request)).texts)
    if not form.errors:
        try:
            await vote_for_chair(listing["id"], form["chosen"], actor, now)
            return go(f"/listings/{reference}/panel")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["chosen"] = refused.sentence
    return await panel_page(reference, actor, form, now, 422)


ROUTES: list[Any] = [do_vote_for_chair]
