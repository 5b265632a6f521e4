"""How a contract is accepted and by whom, and what its recipients say of the service."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.agreements.tables import Contract, ContractMilestone
from marketplace.accounts.people.tables import Organisation, Person


class AcceptancePlan(Table):
    """A plan of acceptance; the newest of a contract stands (R-ACC-01)."""

    id = UUID(primary_key=True, default=UUID4())
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    round = Integer(default=None, null=False)
    how = Text(default="", null=False)
    made_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    made_at = Timestamptz(default=None, null=False)

    acceptance_plan_round_once = Unique(["contract", "round"])


class AcceptanceMember(Table):
    """Somebody of the group that accepts: of the buyer, the using unit, an expert, another bidder, a third party."""

    id = UUID(primary_key=True, default=UUID4())
    plan = ForeignKey(AcceptancePlan, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    name = Varchar(80, default=None, null=False)
    office = Varchar(120, default=None, null=False)
    kind = Varchar(12, default=None, null=False)

    acceptance_member_once = Unique(["plan", "position"])
    acceptance_member_kind_known = Check("kind IN ('buyer', 'user', 'expert', 'bidder', 'third_party')")


class OpinionSample(Table):
    """Recipients drawn for a milestone: their lots follow from the hashes of its closed months, by nobody's choice."""

    id = UUID(primary_key=True, default=UUID4())
    milestone = ForeignKey(ContractMilestone, null=False, on_delete=OnDelete.restrict, unique=True)
    seed = Varchar(64, default=None, null=False)
    population = Integer(default=None, null=False)
    drawn_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    drawn_at = Timestamptz(default=None, null=False)


class RecipientOpinion(Table):
    """A drawn recipient by code and what was said: by phone, by the code of a short message, or on paper; once."""

    id = UUID(primary_key=True, default=UUID4())
    sample = ForeignKey(OpinionSample, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    recipient_code = Varchar(20, default=None, null=False)
    # of the last visit: its window hears this recipient
    town = ForeignKey(Organisation, null=True, on_delete=OnDelete.restrict, index=True)
    # by which the code of the short message is known
    code_hash = Bytea(default=b"", null=False, unique=True)
    answer = Varchar(16, default="", null=False)
    channel = Varchar(8, default="", null=False)
    words = Varchar(300, default="", null=False)
    entered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    recipient_opinion_once = Unique(["sample", "recipient_code"])
    recipient_opinion_answer_known = Check(
        "answer IN ('', 'satisfied', 'partly', 'not_satisfied', 'not_reached')"
    )
    recipient_opinion_channel_known = Check("channel IN ('', 'phone', 'sms', 'paper')")
    recipient_opinion_whole = Check("(answer = '') = (answered_at IS NULL) AND (answer = '') = (channel = '')")
