"""Harm or a crisis that a phone reports: taken before anything else that it sends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.cases.codes import RevealsPerson, read_recipient_code
from contracts.safeguarding.rules import ReportKind
from contracts.safeguarding.services import NewReport, report_harm
from marketplace.accounts.actor import Actor
from marketplace.kernel.errors import NotFound

MOST_ALARMS = 20


async def take_alarms(sent: Sequence[Any], actor: Actor, now: datetime) -> list[dict[str, str]]:
    """Report each; one that cannot be read is answered without a number, so that the phone goes on saying so."""
    told = []
    for each in sent[:MOST_ALARMS]:
        new = read_alarm(each, now)
        if new is None:
            told.append({"id": str(each.get("id", "")) if isinstance(each, dict) else "", "reference": ""})
            continue
        try:
            reference = await report_harm(new, actor, now)
        except NotFound:
            reference = ""
        told.append({"id": str(new.id), "reference": reference})
    return told


def read_alarm(sent: Any, now: datetime) -> NewReport | None:
    """A report as a phone sends it: identity and kind have to be there; what else cannot be read is left out."""
    if not isinstance(sent, dict):
        return None
    try:
        report, kind = UUID(str(sent.get("id"))), ReportKind(str(sent.get("kind")))
    except ValueError:
        return None
    return NewReport(report, kind, _moment(sent.get("noticed_at"), now), _code(sent), _office(sent))


def _moment(sent: Any, now: datetime) -> datetime:
    try:
        return datetime.fromisoformat(str(sent)).astimezone(UTC)
    except (ValueError, OverflowError):
        return now


def _code(sent: dict[str, Any]) -> str:
    try:
        return read_recipient_code(str(sent.get("recipient_code", "")))
    except RevealsPerson:
        return ""


def _office(sent: dict[str, Any]) -> UUID | None:
    try:
        return UUID(str(sent.get("office")))
    except ValueError:
        return None
