"""The facts of a framework's admission notice."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from catalogue.listings.frameworks.queries import framework_of
from catalogue.listings.frameworks.rules import BASIS_LABELS, Basis
from catalogue.notices.admission_notice import AdmissionFacts, AdmittedLot, Place
from catalogue.notices.sources import agency_fee, in_language, listing_facts
from catalogue.notices.wording import period
from evaluations.admission.queries import admissions_of
from evaluations.admission.rules import Working
from evaluations.awards.queries import expert_names
from evaluations.records.queries import admitted_of, recorded_experts
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_, current_language, say
from marketplace.kernel.rulebook import number

Row = dict[str, Any]


async def admission_facts(listing: Row) -> AdmissionFacts:
    """What was announced; only who came in. Raises NotFound where nothing was determined."""
    terms, admissions = await together(framework_of(listing["id"]), admissions_of(listing["id"]))
    recorded = [] if admissions else await admitted_of(listing["id"])
    if terms is None or not (admissions or recorded):
        raise NotFound()
    facts, drawn, named, fee = await together(
        listing_facts(listing, ""), expert_names(listing["id"]), recorded_experts(listing["id"]), agency_fee(listing)
    )
    return AdmissionFacts(
        reference=listing["reference"], title=facts.title, basis=BASIS_LABELS[Basis(terms.basis)],
        lots=tuple(_lot(row) for row in admissions) or _recorded_lots(recorded),
        experts=tuple(drawn or named),
        term=period(listing["service_from"], listing["service_to"]), published_at=listing["ended_at"],
        notice_period=number("R-TIME-16", county_day(listing["published_at"])), buyer=facts.buyer,
        agency=facts.agency, agency_fee=fee,
    )  # fmt: skip


def _lot(row: Row) -> AdmittedLot:
    working = Working(row["responsive"], row["elimination"], row["most_admitted"]).sentence()
    return AdmittedLot(
        row["lot_number"],
        row["lot_title"],
        row["measure"],
        working.text(current_language.get()),
        tuple(
            Place(
                each["position"],
                in_language(each, "provider_name"),
                each["address"],
                each["unit_price"],
                each["total"],
            )  # fmt: skip
            for each in row["rows"]
            if each["is_admitted"]
        ),
        row["tie_note"],
    )


def _recorded_lots(rows: list[Row]) -> tuple[AdmittedLot, ...]:
    """The lots of a framework that was run on the platform; how many were eliminated stands there."""
    words = say(N_("第一阶段在省级平台进行，淘汰情况见该平台的结果公告。")).text(current_language.get())
    return tuple(
        AdmittedLot(
            number,
            same[0]["lot_title"],
            same[0]["measure"],
            words,
            tuple(
                Place(
                    each["position"],
                    in_language(each, "provider_name"),
                    each["address"],
                    each["unit_price"],
                    each["total_score"],
                )  # fmt: skip
                for each in same
            ),
        )
        for number, same in ((n, list(group)) for n, group in groupby(rows, key=lambda row: row["lot_number"]))
    )
