"""投诉处理结果公告, form 11 of 2020: who complained, what was found, what finance decided (R-PUB-02, R-DISP-07)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalogue.notices.content import Block, Paper, facts, text
from catalogue.notices.facts import Contact
from catalogue.notices.kinds import Kind
from catalogue.notices.wording import Part, day, known, numbered, title
from marketplace.kernel.i18n import say
from marketplace.kernel.i18n import translate as _

# an identity number, a mobile or fixed number, an address for mails: of a person, whoever wrote them into a text
DIGIT, GAP = "[0-9０-９]", "[-－— ]?"
PERSONAL = re.compile(
    rf"(?<![0-9A-Za-z０-９])(?:{DIGIT}{{17}}[0-9０-９XxＸ]|[1１]{DIGIT}{{2}}{GAP}{DIGIT}{{4}}{GAP}{DIGIT}{{4}}"
    rf"|[（(]?[0０]{DIGIT}{{2,3}}[）)]?{GAP}{DIGIT}{{7,8}})(?![0-9A-Za-z０-９])"
    r"|[0-9A-Za-z_.+-]+[@＠][0-9A-Za-z-]+(?:\.[0-9A-Za-z]+)+"
)


@dataclass(frozen=True)
class ComplaintFacts:
    """A decided complaint. `people`: the natural persons of its letter, who are not named (94 Art. 43).

    `conclusion` and `remedy` are sentences in the reader's language; all else stands as it was written.
    """

    reference: str
    listing_reference: str
    title: str
    complainant: Contact
    respondent: Contact
    agency: Contact | None
    concerned: tuple[Contact, ...]
    raised_at: datetime
    matters: tuple[str, ...]
    found: str
    basis: str
    conclusion: str
    remedy: str
    finance: str
    decided_at: datetime
    address: str
    people: tuple[str, ...] = ()


def complaint_notice(decided: ComplaintFacts) -> Paper:
    """The notice; what tells of a natural person is left out of the texts."""
    raised = say("投诉人于{day}提起投诉。", day=day(decided.raised_at))
    matters = [
        (_("投诉事项 %(number)s") % {"number": number}, _public(matter, decided))
        for number, matter in enumerate(decided.matters, start=1)
    ]
    whole = say("投诉处理决定书（{reference}）全文：{address}", reference=decided.reference, address=decided.address)
    parts: list[Part] = [
        (_("项目编号"), [text(decided.listing_reference)], ""),
        (_("项目名称"), [text(decided.title)], ""),
        (_("相关当事人"), _parties(decided), "R-DISP-07"),
        (_("基本情况"), [text(str(raised)), facts(*matters), text(_public(decided.found, decided))], ""),
        (
            _("处理依据及结果"),
            [
                text(_public(decided.basis, decided)),
                facts((_("结论"), decided.conclusion), (_("处理"), decided.remedy)),
            ],
            "R-DISP-04",
        ),
        (_("其他补充事宜"), [text(str(whole))], ""),
    ]
    return Paper(
        kind=Kind.COMPLAINT.value, title=title(decided.title, Kind.COMPLAINT), number=decided.reference,
        issuer=decided.finance, issued_on=day(decided.decided_at) or "", sections=numbered(parts),
    )  # fmt: skip


def _parties(decided: ComplaintFacts) -> Sequence[Block]:
    """Names and addresses of organisations, as the form asks; no person and no telephone."""
    named = [(_("投诉人"), decided.complainant), (_("被投诉人"), decided.respondent)]
    if decided.agency:
        named.append((_("采购代理机构"), decided.agency))
    named += [(_("相关供应商"), each) for each in decided.concerned]
    return [facts((word, party.name), (_("地址"), known(party.address))) for word, party in named]


def _public(words: str, decided: ComplaintFacts) -> str:
    parties = (decided.complainant, decided.respondent, *decided.concerned)
    return without_persons(words, decided.people, [party.name for party in parties])


def without_persons(words: str, people: Sequence[str], organisations: Sequence[str] = ()) -> str:
    """A text in which persons keep their surname alone, and numbers and mail addresses of people are left out."""
    # the longest first, so that a name inside another does not cut it; an organisation keeps its whole name
    for name in sorted({each.strip() for each in people}, key=len, reverse=True):
        if len(name) > 1 and not any(name in organisation for organisation in organisations):
            words = words.replace(name, f"{name[0]}某" if not name.isascii() else "（略）")
    return PERSONAL.sub("（略）", words)
