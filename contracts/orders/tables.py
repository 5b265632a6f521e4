"""Service orders: one piece of work asked of a provider under a running contract, and each step of it."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from contracts.agreements.tables import Contract
from contracts.cases.tables import AssistanceCase
from marketplace.accounts.people.tables import Organisation, Person
from vendors.workers.tables import Worker


class ServiceOrder(Table):
    """A town asks a provider for one piece of work for one resident, with its own printed limit (R-CLOCK-01).

    `limit_days`: working days as printed; `due_on` follows from them. `contract` moves when the order is reassigned.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    case = ForeignKey(AssistanceCase, null=False, on_delete=OnDelete.restrict, index=True)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    recipient_code = Varchar(20, default=None, null=False, index=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    village = Varchar(80, default=None, null=False)
    task = Varchar(500, default=None, null=False)
    # two people go to somebody without full capacity (R-CHILD-01)
    needs_two = Boolean(default=False, null=False)
    way = Varchar(10, default=None, null=False)
    way_note = Varchar(300, default="", null=False)
    limit_days = Integer(default=None, null=False)
    due_on = Date(default=None, null=False, index=True)
    answer_by = Date(default=None, null=False)
    is_provisional = Boolean(default=False, null=False)
    status = Varchar(10, default="asked", null=False, index=True)
    asked_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    asked_at = Timestamptz(default=None, null=False)
    worker = ForeignKey(Worker, null=True, on_delete=OnDelete.restrict, index=True)
    accepted_at = Timestamptz(default=None, null=True)
    decline_reason = Varchar(300, default="", null=False)
    escalated_at = Timestamptz(default=None, null=True)
    done_at = Timestamptz(default=None, null=True)
    result = Varchar(1000, default="", null=False)
    outcome = Varchar(12, default=None, null=True)
    next_step = Varchar(300, default="", null=False)
    closed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    closed_at = Timestamptz(default=None, null=True)

    service_order_status_known = Check("status IN ('asked', 'accepted', 'declined', 'done', 'closed', 'cancelled')")
    service_order_way_known = Check("way IN ('only', 'rotation', 'choice', 'direct')")
    service_order_limit = Check("limit_days >= 0")
    service_order_decline_gives_reason = Check("status <> 'declined' OR decline_reason <> ''")
    service_order_outcome_known = Check("outcome IN ('met', 'partly', 'not_met', 'not_needed')")
    service_order_closed_whole = Check(
        "(status = 'closed') = (outcome IS NOT NULL) AND (status IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)"
        " AND (status <> 'closed' OR next_step <> '')"
    )
    service_order_accepted_whole = Check("status NOT IN ('accepted', 'done') OR accepted_at IS NOT NULL")


class ServiceOrderStep(Table):
    """What was done with an order, under which contract it then stood, by whom. Never changed."""

    id = UUID(primary_key=True, default=UUID4())
    service_order = ForeignKey(ServiceOrder, null=False, on_delete=OnDelete.restrict, index=True)
    nth = Integer(default=None, null=False)
    what = Varchar(12, default=None, null=False)
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    note = Varchar(1000, default="", null=False)
    at = Timestamptz(default=None, null=False)

    service_order_step_once = Unique(["service_order", "nth"])
    service_order_step_known = Check(
        "what IN ('asked', 'accepted', 'declined', 'reassigned', 'escalated', 'worker', 'done', 'returned', 'closed',"
        " 'cancelled')"
    )
