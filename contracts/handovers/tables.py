"""Handovers of contracts: each resident by code, where it goes on, and who confirmed the list."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.agreements.tables import Contract
from marketplace.accounts.people.tables import Organisation, Person


class Handover(Table):
    """The residents and open work of one contract on their way to whoever goes on.

    `round` grows each time the list is sent back, so that nobody's signature stands under another list.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, unique=True)
    next_contract = ForeignKey(Contract, null=True, on_delete=OnDelete.restrict, index=True)
    status = Varchar(12, default="preparing", null=False, index=True)
    round = Integer(default=1, null=False)
    # who began it, and in which round; whoever names the contract that goes on since then stands in `handover_naming`
    opened_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    opened_round = Integer(default=1, null=False)
    opened_at = Timestamptz(default=None, null=False)
    list_sha256 = Varchar(64, default=None, null=True)
    sent_at = Timestamptz(default=None, null=True)
    # silence until the end of this day counts as a confirmation (R-CON-06)
    silent_until = Date(default=None, null=True)
    is_provisional = Boolean(default=False, null=False)
    return_reason = Varchar(300, default="", null=False)
    done_at = Timestamptz(default=None, null=True)
    done_by = Varchar(10, default=None, null=True)

    handover_status_known = Check("status IN ('preparing', 'confirming', 'done')")
    handover_sent_whole = Check(
        "status = 'preparing' OR (list_sha256 IS NOT NULL AND sent_at IS NOT NULL AND silent_until IS NOT NULL)"
    )
    handover_done_whole = Check("(status = 'done') = (done_at IS NOT NULL) AND (done_at IS NULL) = (done_by IS NULL)")
    handover_done_by_known = Check("done_by IN ('confirmed', 'silence')")


class HandoverNaming(Table):
    """One person of the buyer naming the contract that goes on (or none), in one round; all of them are kept."""

    id = UUID(primary_key=True, default=UUID4())
    handover = ForeignKey(Handover, null=False, on_delete=OnDelete.restrict, index=True)
    round = Integer(default=None, null=False)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    next_contract = ForeignKey(Contract, null=True, on_delete=OnDelete.restrict, index=True)
    named_at = Timestamptz(default=None, null=False)


class HandoverResident(Table):
    """One resident by code, never by name: consent, the visit made together, and who goes on."""

    id = UUID(primary_key=True, default=UUID4())
    handover = ForeignKey(Handover, null=False, on_delete=OnDelete.restrict, index=True)
    recipient_code = Varchar(20, default=None, null=False, index=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    last_visit_on = Date(default=None, null=False)
    outcome = Varchar(8, default=None, null=True)
    consent = Varchar(8, default=None, null=True)
    consented_on = Date(default=None, null=True)
    visited_on = Date(default=None, null=True)
    note = Varchar(300, default="", null=False)

    handover_resident_once = Unique(["handover", "recipient_code"])
    handover_resident_outcome_known = Check("outcome IN ('next', 'town', 'ended')")
    handover_resident_consent_known = Check("consent IN ('given', 'refused')")


class HandoverSignature(Table):
    """One side's name under the exact list: the outgoing provider's, the next provider's, a town's."""

    id = UUID(primary_key=True, default=UUID4())
    handover = ForeignKey(Handover, null=False, on_delete=OnDelete.restrict, index=True)
    round = Integer(default=None, null=False)
    party = Varchar(10, default=None, null=False)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    typed_name = Varchar(80, default=None, null=False)
    list_sha256 = Varchar(64, default=None, null=False)
    signed_at = Timestamptz(default=None, null=False)

    handover_signature_once = Unique(["handover", "round", "party", "organisation"])
    handover_signature_party_known = Check("party IN ('outgoing', 'incoming', 'town')")
