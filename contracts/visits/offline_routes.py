"""Visits recorded without a network: the page a phone keeps, its worker, and what the phone sends later."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.response import Response, Template

from contracts.orders.queries import orders_for_worker
from contracts.safeguarding.queries import officers_of
from contracts.safeguarding.rules import DO_NOW
from contracts.visits import queries
from contracts.visits.alarms import take_alarms
from contracts.visits.answers import OfflineVisits, Today, VisitsTaken
from contracts.visits.devices import Phone, clock_off_minutes, is_clock_off, meet
from contracts.visits.extra_forms import extras_of, parse_extras
from contracts.visits.extras import CONFIRMATION_LABELS, EXCEPTION_LABELS, TASKS
from contracts.visits.forms import parse_all, points_of
from contracts.visits.photos import most_photos
from contracts.visits.rules import OwnVisit, VisitPoints
from contracts.visits.services import OverlapsOwn, log_visits
from contracts.visits.services import Taken as Became
from marketplace.accounts.actor import Actor
from marketplace.accounts.described import Taken, Told, described
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import COUNTY_ZONE, county_day
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, current_language, say, translate
from marketplace.kernel.settings import PROJECT_FOLDER
from marketplace.kernel.web import asset, page

LOGGING = needs(Permission.LOG_VISITS)
MOST_AT_ONCE = 500
WEEKS_BACK = 5  # a resident not seen for longer is typed again
OF_A_RESIDENT = ("contract", "recipient_code", "town", "village")


@get("/visits/offline", opt=LOGGING)
async def show_offline(actor: CurrentActor, now: Now) -> Template:
    """The page that opens without a network; it carries the contracts and towns a visit may be recorded for."""
    return page(
        "contracts/visits/offline.html", plan=await _plan(actor, now), ways=CONFIRMATION_LABELS,
        exceptions=EXCEPTION_LABELS, do_now=DO_NOW,
    )  # fmt: skip


async def _plan(actor: Actor, now: datetime) -> dict[str, Any]:
    contracts = await queries.contracts_to_log(actor.person_id, actor.organisation_id, county_day(now))
    towns = await queries.towns_of_contracts(contracts)
    officers = await officers_of(list({town["id"] for each in towns.values() for town in each}), county_day(now))
    language = current_language.get()
    english = language == "en"

    def named(row: Any, key: str) -> str:
        return (english and row[f"{key}_en"]) or row[key]

    return {
        "owner": str(actor.person_id), "now": now.isoformat(), "clock_off_minutes": clock_off_minutes(now),
        "photos": most_photos(county_day(now)),
        # whom to call for whoever is in danger, also without a network
        "officers": {str(town): {"name": each["name"], "phone": each["phone"]} for town, each in officers.items()},
        "contracts": [
            {
                "id": str(each["id"]),
                "name": f"{named(each, 'item_name')} · {named(each, 'title')} · {each['reference']}",
                "tasks": [
                    {"key": key, "label": say(label).text(language)} for key, label in TASKS.get(each["item_code"], ())
                ],
                "towns": [{"id": str(town["id"]), "name": named(town, "name")} for town in towns[each["id"]]],
            }
            for each in contracts
        ],
    }  # fmt: skip


@get("/visits/today", summary="What a phone keeps for today", **described(LOGGING, Told(Today, "Today")))
async def show_today(actor: CurrentActor, now: Now) -> dict[str, Any]:
    """The worker's residents and colleagues; asked once the phone is unlocked, which keeps it encrypted for the day."""
    today = county_day(now)
    orders = await orders_for_worker(actor.person_id)
    residents = await queries.residents_of(actor.person_id, today - timedelta(days=WEEKS_BACK * 7), today)
    colleagues = await queries.colleagues_of(actor.person_id, actor.organisation_id, today)
    return {
        "day": today.isoformat(),
        "residents": [_asked_for(each) for each in orders]
        + [{name: str(each[name]) for name in OF_A_RESIDENT} for each in residents],
        "colleagues": [{"id": str(each["id"]), "name": each["name"]} for each in colleagues],
    }


def _asked_for(order: dict[str, Any]) -> dict[str, Any]:
    return {name: str(order[name]) for name in OF_A_RESIDENT} | {
        "order": order["reference"], "task": order["task"], "due_on": order["due_on"].isoformat(),
        "needs_two": order["needs_two"],
    }  # fmt: skip


@get("/visits/app.webmanifest", opt=PUBLIC, media_type="application/manifest+json")
async def app_manifest() -> Response[bytes]:
    """What makes the page installable: a name, an icon, and the page it opens with, in the reader's language."""
    prefix = "/en" if current_language.get() == "en" else ""
    icon = {"src": "/static/favicon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    manifest = {
        "name": translate(N_("离线记录")), "short_name": translate(N_("离线记录")), "lang": prefix[1:] or "zh-CN",
        "id": f"{prefix}/visits/offline", "start_url": f"{prefix}/visits/offline", "scope": f"{prefix}/visits/",
        "display": "standalone", "background_color": "#ffffff", "theme_color": "#0b5f5a", "icons": [icon],
    }  # fmt: skip
    return Response(
        json.dumps(manifest, ensure_ascii=False).encode(), media_type="application/manifest+json",
        headers={"Cache-Control": "no-cache"},
    )  # fmt: skip


@get("/visits/worker.js", opt=PUBLIC, media_type="text/javascript; charset=utf-8")
async def worker_script() -> Response[bytes]:
    """The service worker: it has to be served from the folder it keeps pages of."""
    script = PROJECT_FOLDER / "marketplace" / asset("visits_worker.js").lstrip("/")
    return Response(
        Path(script).read_bytes(), media_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )


@post(
    "/visits/sync", status_code=200, summary="Send visits recorded without a network",
    **described(LOGGING, Told(VisitsTaken, "One answer for each visit"), (404, 422), Taken(OfflineVisits)),
)  # fmt: skip
async def do_sync(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> dict[str, Any]:
    """Record each visit under the identity its phone gave it; those recorded before are recorded (R-HOUR-03).

    Each stands for itself: one that is refused keeps none of the others. Raises DomainError for what is no list of
    visits.
    """
    phone, sent, alarms = await _sent(request)
    # a report of harm is taken from every phone, also one that was taken back: its person is signed in
    told = await take_alarms(alarms, actor, now)
    met = await meet(phone, actor, now)
    if met.is_revoked:
        return {"visits": [], "must_wipe": True, "clock_off_seconds": 0, "alarms": told}
    visits = [_read(each, phone.id) for each in sent]
    entries: dict[UUID, VisitPoints] = {}
    for each in visits:
        if each.points is not None and each.visit is not None:
            entries.setdefault(each.visit, each.points)
    answers = await log_visits(entries, actor, now)
    off = met.clock_off_seconds if is_clock_off(met.clock_off_seconds, now) else 0
    answered = [each.answer or _answer(each, answers) for each in visits]
    return {"visits": answered, "must_wipe": False, "clock_off_seconds": off, "alarms": told}


async def _sent(request: Request[Any, Any, Any]) -> tuple[Phone, list[dict[str, Any]], list[Any]]:
    try:
        body = await request.json()
        phone = Phone(
            UUID(body["device"]), request.headers.get("user-agent", "")[:120],
            datetime.fromisoformat(body["sent_at"]).astimezone(UTC),
        )  # fmt: skip
        visits, alarms = body["visits"], body.get("alarms", [])
    except Exception as error:  # whatever a body can be wrong with, it is not a list of visits
        raise DomainError(N_("发来的内容看不懂。请打开离线记录页面，再按“现在发送”。")) from error
    if not isinstance(visits, list) or not all(isinstance(each, dict) for each in visits):
        raise DomainError(N_("发来的内容看不懂。请打开离线记录页面，再按“现在发送”。"))
    if len(visits) > MOST_AT_ONCE:
        raise DomainError(N_("一次最多发送 {most} 条服务记录。请分几次发送。"), most=MOST_AT_ONCE)
    return phone, visits, alarms if isinstance(alarms, list) else []


@dataclass(frozen=True)
class _Sent:
    """One visit as it came: what it says, or the answer where it cannot be read."""

    identity: str
    form: Bound
    visit: UUID | None = None
    points: VisitPoints | None = None
    answer: dict[str, Any] | None = None


def _read(sent: dict[str, Any], device: UUID) -> _Sent:
    identity = str(sent.get("id", ""))
    texts = {name: value for name, value in sent.items() if isinstance(value, str)}
    form = parse_all({**texts, "is_group": "yes" if sent.get("is_group") is True else ""})
    try:
        visit = UUID(identity)
    except ValueError:
        return _Sent(identity, form, answer=_refused(identity, {"id": str(_Unreadable())}))
    more = parse_extras(sent)
    form.errors.update(more.errors)
    if form.errors:
        return _Sent(identity, form, answer=_refused(identity, _said(form)))
    extras = extras_of(more, form["recipient_code"], device)
    return _Sent(identity, form, visit, replace(points_of(form), extras=extras))


def _answer(sent: _Sent, answers: Mapping[UUID, Became]) -> dict[str, Any]:
    assert sent.visit is not None
    became = answers[sent.visit]
    refused = became.refused
    if isinstance(refused, FormRefused):
        sent.form.errors.update(refused.errors)
        recorded = [_recorded(each) for each in refused.recorded] if isinstance(refused, OverlapsOwn) else []
        return {**_refused(sent.identity, _said(sent.form)), "recorded": recorded}
    if refused is not None:
        return _refused(sent.identity, {"contract": str(refused)})
    same = str(became.same_as) if became.same_as else None
    return {"id": sent.identity, "is_recorded": True, "mistakes": {}, "same_as": same, "recorded": []}


def _recorded(visit: OwnVisit) -> dict[str, str]:
    return {
        "id": str(visit.id), "recipient_code": visit.recipient_code, "village": visit.village,
        "begins": f"{visit.spell.begins_at.astimezone(COUNTY_ZONE):%H:%M}",
        "ends": f"{visit.spell.ends_at.astimezone(COUNTY_ZONE):%H:%M}", "note": visit.note,
    }  # fmt: skip


class _Unreadable(DomainError):
    def __init__(self) -> None:
        super().__init__(N_("这条记录的编号不对。请删掉它，重新记录。"))


def _said(form: Bound) -> dict[str, str]:
    return {name: str(sentence) for name, sentence in form.errors.items()}


def _refused(identity: str, mistakes: dict[str, str]) -> dict[str, Any]:
    return {"id": identity, "is_recorded": False, "mistakes": mistakes, "same_as": None, "recorded": []}


ROUTES: list[Any] = [show_offline, show_today, app_manifest, worker_script, do_sync]
