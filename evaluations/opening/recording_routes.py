"""Enter the recording of an opening or an evaluation: a form on the opening's page."""

from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from evaluations.opening.recordings import (
    SCENE_LABELS,
    NewRecording,
    Scene,
    enter_recording,
    say_why_not_recorded,
)
from evaluations.opening.routes import opening_page, state_of
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Field, choice, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, posted

FIELDS = [
    Field("scene", N_("录的是什么"), choice(tuple(SCENE_LABELS))),
    Field("sha256", N_("录音录像的 SHA-256"), text(100)),
    Field("place", N_("存放位置"), text(200)),
]
REASON_FIELDS = [
    Field("missing", N_("没有录的是什么"), choice(tuple(SCENE_LABELS))),
    Field("reason", N_("没有录音录像的原因"), text(2000)),
]
WHO = (Permission.OPEN_BIDS, Permission.REVIEW_QUALIFICATION, Permission.PUBLISH_CONFIRMED)


@post("/listings/{reference:str}/recordings", opt=needs(*WHO))
async def do_enter_recording(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Put hash and place of a recording on record."""
    state = await state_of(reference, now)
    form = parse(FIELDS, (await posted(request)).texts)
    if not form.errors:
        sha256 = "".join(form["sha256"].split()).lower()
        try:
            await enter_recording(
                state.listing["id"], NewRecording(Scene(form["scene"]), sha256, form["place"]), actor, now
            )
            return go(f"/listings/{reference}/opening")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await opening_page(state, actor, form, 422)


@post("/listings/{reference:str}/recordings/absence", opt=needs(Permission.DETERMINE_AWARD))
async def do_say_why_not(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Put on record why a scene was not recorded."""
    state = await state_of(reference, now)
    if actor.organisation_id != state.listing["procuring_unit"]:
        raise NotFound()
    form = parse(REASON_FIELDS, (await posted(request)).texts)
    if not form.errors:
        try:
            await say_why_not_recorded(state.listing["id"], Scene(form["missing"]), form["reason"], actor, now)
            return go(f"/listings/{reference}/opening")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await opening_page(state, actor, form, 422)


ROUTES: list[Any] = [do_enter_recording, do_say_why_not]
