"""Civil affairs: everybody on a roster of the county, one worker with the number hidden, a community worker entered."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from catalogue.plans.filters import Paging, page_number
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import nothing, together
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted, url
from vendors.workers import files
from vendors.workers.changes import changes_of
from vendors.workers.county import WORKERS_SHOWN, county_worker, county_workers, see_certificate, set_establishment
from vendors.workers.exams import confirm_support, support_by_year, waiting_support
from vendors.workers.forms import COMMUNITY, WORKER, worker_of
from vendors.workers.rules import DEGREE_LABELS, HOURS_LABELS, LEVEL_LABELS, RESULT_LABELS, masked
from vendors.workers.services import add_community_worker
from vendors.workers.spells import Employer

CHECK = needs(Permission.CHECK_PROVIDERS)
IN_TOWN = [Field("town", N_("镇（街道）"), identifier()), COMMUNITY, *WORKER]
PURPOSE = [Field("purpose", N_("用途"), text(200))]
ESTABLISHMENT_LABELS = {"": N_("还没有登记"), "off": N_("不在编制内"), "on": N_("在编制内")}
ESTABLISHMENT = [Field("establishment", N_("是否在编"), choice(["off", "on"]))]
KINDS = {"provider": N_("供应商的"), "community": N_("社区专职")}


@get("/workers", opt=CHECK)
async def show_county(request: Request[Any, Any, Any], kind: FromQuery[str] = "", q: FromQuery[str] = "") -> Template:
    """Spells that overlap, and a page of everybody; of all of them or of providers or communities, or by words."""
    chosen, sought, turned = kind if kind in KINDS else "", q.strip()[:80], page_number(request)
    workers, overlaps, waiting, support = await together(
        county_workers(chosen, sought, turned), files.overlaps(), waiting_support(), support_by_year()
    )
    if turned > 1 and not workers:
        raise NotFound()
    query = {"kind": chosen, "q": sought}
    return page(
        "vendors/workers/county.html", workers=workers, overlaps=overlaps, levels=LEVEL_LABELS, hours=HOURS_LABELS,
        kinds=KINDS, kind=chosen, words=sought, waiting=waiting, support=support,
        page=Paging(
            turned, workers[0]["total"] if workers else 0,
            lambda n: url("/workers?" + urlencode({**query, "page": n})), WORKERS_SHOWN,
        ),
    )  # fmt: skip


async def _county_page(
    worker: UUID, now: datetime, form: Bound | None, number: str = "", status_code: int = 200
) -> Template:
    row = await county_worker(worker)
    file = row["held"]
    made, parts, overlaps = await together(
        changes_of(worker), files.file_parts(file["id"], county_day(now)) if file else nothing(),
        files.overlaps(worker=worker),
    )  # fmt: skip
    changes = [{**each, "certificate_number": masked(each["certificate_number"])} for each in made]
    return page(
        "vendors/workers/county_worker.html", status_code=status_code, form=form, worker=row, file=file, number=number,
        changes=changes, levels=LEVEL_LABELS, hours=HOURS_LABELS, degrees=DEGREE_LABELS, results=RESULT_LABELS,
        overlaps=overlaps, establishment=ESTABLISHMENT_LABELS, **(parts or {}),
    )  # fmt: skip


@get("/workers/{worker:uuid}", opt=CHECK)
async def show_county_worker(worker: FromPath[UUID], now: Now) -> Template:
    """One worker; of the certificate's number the end alone."""
    return await _county_page(worker, now, None)


@post("/workers/{worker:uuid}/number", opt=CHECK)
async def do_see_number(
    request: Request[Any, Any, Any], worker: FromPath[UUID], actor: CurrentActor, now: Now
) -> Template:
    """The whole number, once, for a purpose that the worker can read."""
    form = parse(PURPOSE, (await posted(request)).texts)
    if form.errors:
        return await _county_page(worker, now, form, status_code=422)
    return await _county_page(worker, now, None, await see_certificate(worker, form["purpose"], actor, now))


@post("/workers/{worker:uuid}/establishment", opt=CHECK)
async def do_establishment(
    request: Request[Any, Any, Any], worker: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record whether the post is on the establishment."""
    form = parse(ESTABLISHMENT, (await posted(request)).texts)
    if form.errors:
        return await _county_page(worker, now, form, status_code=422)
    await set_establishment(worker, form["establishment"], actor, now)
    return go(f"/workers/{worker}")


@post("/workers/{worker:uuid}/exams/{exam:uuid}/confirm", opt=CHECK)
async def do_confirm(worker: FromPath[UUID], exam: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Civil affairs confirms the support of an examination's fee."""
    await confirm_support(exam, worker, actor, now)
    return go(f"/workers/{worker}")


async def _community_page(form: Bound | None, status_code: int = 200) -> Template:
    return page(
        "vendors/workers/community.html", status_code=status_code, form=form, levels=LEVEL_LABELS, hours=HOURS_LABELS,
        towns=await files.towns(),
    )  # fmt: skip


@get("/workers/community/new", opt=CHECK)
async def show_community() -> Template:
    """Ask about a community worker."""
    return await _community_page(None)


@post("/workers/community/new", opt=CHECK)
async def do_community(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Enter the community worker."""
    form = parse(IN_TOWN, (await posted(request)).texts)
    if not form.errors:
        try:
            employer = Employer(town=form["town"], community=form["community"])
            await add_community_worker(worker_of(form), employer, actor, now)
            return go("/workers?kind=community")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _community_page(form, 422)


ROUTES: list[Any] = [
    show_county, show_county_worker, do_see_number, do_establishment, do_confirm, show_community, do_community,
]  # fmt: skip
