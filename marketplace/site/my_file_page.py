"""The worker's own file: all of it with every employer, visits, subsidies, who used it; and everything as one file."""

import json
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.response import Redirect, Template

from contracts.subsidies.accounts import accounts_of_person
from contracts.subsidies.duty import duty_of_person
from contracts.subsidies.queries import lines_of_person
from contracts.subsidies.rules import RUN_LABELS
from contracts.visits.held import every_visit, months_of
from contracts.visits.rules import hours_words
from marketplace.accounts.actor import Actor
from marketplace.accounts.described import Told, described
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.accounts.privacy.queries import acts_of, held_about, looks_at
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted
from marketplace.site.my_data_answers import (
    Everything,
    HeldAccount,
    HeldChange,
    HeldDuty,
    HeldExam,
    HeldFile,
    HeldSpell,
    HeldSubsidy,
    HeldUse,
    HeldVisit,
    HeldWish,
    HeldWord,
)
from vendors.workers.consent import give_consent, withdraw_consent
from vendors.workers.forms import ASK, CONSENT
from vendors.workers.held import held_as_worker
from vendors.workers.requests import ask_for_change
from vendors.workers.rules import DEGREE_LABELS, HOURS_LABELS, LEVEL_LABELS, RESULT_LABELS, USE_LABELS

Row = dict[str, Any]
OWN = needs(Permission.LOG_VISITS)


async def _my_page(actor: Actor, now: datetime, form: Bound | None, status_code: int = 200) -> Template:
    mine, months, subsidies, looks = await together(
        held_as_worker(actor.person_id, county_day(now)), months_of(actor.person_id),
        lines_of_person(actor.person_id), looks_at(actor),
    )  # fmt: skip
    if not mine["spells"]:
        raise NotFound()
    return page(
        "vendors/workers/my_file.html", status_code=status_code, form=form, mine=mine, levels=LEVEL_LABELS,
        degrees=DEGREE_LABELS, results=RESULT_LABELS, acts=USE_LABELS, hours=HOURS_LABELS, run_labels=RUN_LABELS,
        months=months, subsidies=subsidies, looks=looks, hours_words=hours_words,
    )  # fmt: skip


@get("/my-file", opt=OWN)
async def show_mine(actor: CurrentActor, now: Now) -> Template:
    """Everything held about the worker who is signed in, and who used it."""
    return await _my_page(actor, now, None)


@post("/my-file/consent", opt=OWN)
async def do_consent(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Agree that the file is kept; the public name is a choice of its own."""
    form = parse(CONSENT, (await posted(request)).texts)
    if form.errors:
        return await _my_page(actor, now, form, 422)
    await give_consent(actor, bool(form["public"]), now)
    return go("/my-file")


@post("/my-file/consent/withdraw", opt=OWN)
async def do_withdraw(actor: CurrentActor, now: Now) -> Redirect:
    """Take the consent back."""
    await withdraw_consent(actor, now)
    return go("/my-file")


@post("/my-file/ask", opt=OWN)
async def do_ask(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """The worker asks the employer for a change."""
    form = parse(ASK, (await posted(request)).texts)
    if form.errors:
        return await _my_page(actor, now, form, 422)
    await ask_for_change(form["worker"], form["wanted"], actor, now)
    return go("/my-file")


@get(
    "/my-data/export", summary="What is held about me", **described(SIGNED_IN, Told(Everything, "All of it, as a file"))
)
async def export_my_data(actor: CurrentActor, now: Now) -> Response[str]:
    """All of it as a file: the account, and everything about a worker with every employer."""
    held = {**await held_about(actor), "acts": await acts_of(actor), **await _as_worker(actor, now)}
    body = json.dumps(held, ensure_ascii=False, indent=1, default=str)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(body, media_type="application/json", headers=headers)


async def _as_worker(actor: Actor, now: datetime) -> Row:
    mine = await held_as_worker(actor.person_id, county_day(now))
    return {
        "spells": [_only(HeldSpell, {**row, "employer": row["employer_name"]}) for row in mine["spells"]],
        "changes": [_only(HeldChange, row) for row in mine["changes"]],
        "files": [_only(HeldFile, _file(row)) for row in mine["files"]],
        "wishes": [_only(HeldWish, row) for row in mine["requests"]],
        "visits": [_only(HeldVisit, row) for row in await every_visit(actor.person_id)],
        "subsidies": [
            _only(HeldSubsidy, {**row, "conditions": [each["sentence"].text() for each in row["conditions"]]})
            for row in await lines_of_person(actor.person_id)
        ],
        "accounts": [_only(HeldAccount, row) for row in await accounts_of_person(actor.person_id)],
        "duty": [_only(HeldDuty, row) for row in await duty_of_person(actor.person_id)],
        "uses": [_only(HeldUse, row) for row in mine["uses"]],
    }


def _file(row: Row) -> Row:
    return {
        **row, "has_identity_check": row["identity_hash"] is not None, "towns": [each["name"] for each in row["towns"]],
        "exams": [_only(HeldExam, each) for each in row["exams"]],
        "consents": [_only(HeldWord, each) for each in row["consents"]],
    }  # fmt: skip


def _only(kind: type[msgspec.Struct], row: Row) -> Row:
    """The fields that the described answer has."""
    return {name: row[name] for name in kind.__struct_fields__}


ROUTES: list[Any] = [show_mine, do_consent, do_withdraw, do_ask, export_my_data]
