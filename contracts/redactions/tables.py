"""Passages of a contract that the buyer keeps from the published text."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from contracts.agreements.tables import Contract
from marketplace.accounts.people.tables import Person


class ContractRedaction(Table):
    """A passage that is not published, word for word, with its ground; lifted where the ground does not hold."""

    id = UUID(primary_key=True, default=UUID4())
    contract = ForeignKey(Contract, null=False, on_delete=OnDelete.restrict, index=True)
    passage = Text(default=None, null=False)
    ground = Varchar(20, default=None, null=False)
    reason = Varchar(300, default=None, null=False)
    marked_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    marked_at = Timestamptz(default=None, null=False)
    lifted_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    lifted_at = Timestamptz(default=None, null=True)

    redaction_ground_known = Check("ground IN ('trade_secret', 'state_secret', 'personal')")
    redaction_lifted_whole = Check("(lifted_by IS NULL) = (lifted_at IS NULL)")
