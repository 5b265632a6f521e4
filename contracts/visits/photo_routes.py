"""Photographs of a visit: added on the visit's page or by the phone, shown one by one, taken back."""

from typing import Any
from uuid import UUID, uuid4

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.visits import queries
from contracts.visits.answers import OfflinePhoto, PhotoTaken
from contracts.visits.photos import (
    MOST_BYTES,
    add_photo,
    delete_photo,
    most_photos,
    photo_of_text,
    photos_of,
    show_photo,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.described import Taken, Told, described
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.web import go, page, posted

LOGGING = needs(Permission.LOG_VISITS)
LOOKING = needs(Permission.LOG_VISITS, Permission.APPROVE_HOURS)
MOST_SENT = MOST_BYTES * 4 // 3 + 4096  # in base64


async def _photo_page(visit_id: UUID, actor: Actor, now: Any, form: Bound | None = None) -> Template:
    visit = await queries.visit_of(visit_id)
    if visit is None or visit["person"] != actor.person_id:
        raise NotFound()
    return page(
        "contracts/visits/photos.html", status_code=422 if form else 200, visit=visit, form=form,
        photos=await photos_of(visit_id), most=most_photos(county_day(now)),
    )  # fmt: skip


@get("/visits/{visit_id:uuid}/photos", opt=LOGGING)
async def show_photos(visit_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """What is kept of one's own visit, and the form for more where the county allows it."""
    return await _photo_page(visit_id, actor, now)


@post("/visits/{visit_id:uuid}/photos", opt=LOGGING, request_max_body_size=MOST_SENT)
async def do_add(
    request: Request[Any, Any, Any], visit_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep a photograph."""
    files = (await posted(request)).files.get("photo", [])
    form = Bound()
    if not files:
        form.errors["photo"] = say(N_("请选一张照片。"))
        return await _photo_page(visit_id, actor, now, form)
    try:
        await add_photo(visit_id, uuid4(), await files[0].read(), actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["_"] = refused.sentence
    else:
        return go(f"/visits/{visit_id}/photos")
    return await _photo_page(visit_id, actor, now, form)


@post(
    "/visits/{visit_id:uuid}/photos/sync", status_code=200, summary="Send a photograph of a visit",
    request_max_body_size=MOST_SENT,
    **described(LOGGING, Told(PhotoTaken, "That it is kept"), (404, 409, 422), Taken(OfflinePhoto)),
)  # fmt: skip
async def do_sync(
    request: Request[Any, Any, Any], visit_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> dict[str, Any]:
    """Keep what a phone sends; sent again it is one."""
    try:
        body = await request.json()
        photo, sent = UUID(str(body["id"])), body["data"]
    except Exception as error:  # whatever a body can be wrong with, it is no photograph
        raise FormRefused({"photo": say(N_("这不是能打开的照片。请另拍一张。"))}) from error
    return {"id": str(await add_photo(visit_id, photo, photo_of_text(sent), actor, now))}


@post("/visits/photos/{photo:uuid}/show", status_code=200, opt=LOOKING)
async def do_show(photo: FromPath[UUID], actor: CurrentActor, now: Now) -> Response[bytes]:
    """The picture itself; the look is logged, so that it is asked for by an act."""
    return Response(
        await show_photo(photo, actor, now), media_type="image/jpeg",
        headers={"Cache-Control": "no-store", "Content-Disposition": "inline"},
    )  # fmt: skip


@post("/visits/photos/{photo:uuid}/delete", opt=LOGGING)
async def do_delete(photo: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Take it back."""
    return go(f"/visits/{await delete_photo(photo, actor, now)}/photos")


ROUTES: list[Any] = [show_photos, do_add, do_sync, do_show, do_delete]
