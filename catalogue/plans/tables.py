"""Budget lines: what the county set aside for which item, for whom, by which document; and how that is changed."""

from __future__ import annotations

from decimal import Decimal

from piccolo.columns import UUID, Bytea, ForeignKey, Integer, Numeric, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.people.tables import Organisation, Person
from marketplace.kernel.ledger.tables import LedgerLine


class BudgetImport(Table):
    """A spreadsheet of budget lines, looked through first, entered whole or not at all; `content` is the file."""

    id = UUID(primary_key=True, default=UUID4())
    file_name = Varchar(160, default=None, null=False)
    content = Bytea(default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)
    status = Varchar(20, default="waiting", null=False)
    line_count = Integer(default=0, null=False)
    uploaded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    uploaded_at = Timestamptz(default=None, null=False, index=True)
    confirmed_at = Timestamptz(default=None, null=True)

    budget_import_status_known = Check("status IN ('waiting', 'confirmed')")


class BudgetLine(Table):
    """One allotment of a year for one buyer and one catalogue item; its money stands in the ledger line.

    The codes are those that finance keeps of it: empty while nobody has said them.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    year = Integer(default=0, null=False)
    item_code = Varchar(8, default=None, null=False)
    title = Varchar(200, default=None, null=False)
    buyer = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    ledger_line = ForeignKey(LedgerLine, null=False, on_delete=OnDelete.restrict, index=True)
    source_document = Varchar(200, default=None, null=False)
    allotted_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    allotted_at = Timestamptz(default=None, null=False)
    # 预算项目代码, 功能科目, 经济分类, 资金来源
    project_code = Varchar(40, default="", null=False)
    function_code = Varchar(80, default="", null=False)
    economic_code = Varchar(80, default="", null=False)
    fund_source = Varchar(80, default="", null=False)
    # 采购品目, 政府购买服务目录代码, 采购计划号, 批准文号, 所属行业
    procurement_category = Varchar(80, default="", null=False)
    service_directory_code = Varchar(40, default="", null=False)
    procurement_plan_number = Varchar(80, default="", null=False)
    approval_number = Varchar(120, default="", null=False)
    industry = Varchar(80, default="", null=False)
    imported_from = ForeignKey(BudgetImport, null=True, on_delete=OnDelete.restrict, index=True)
    carried_from = ForeignKey("self", null=True, on_delete=OnDelete.restrict, index=True)


class BudgetChange(Table):
    """More money, less money, money for another line or for the next year: asked by one person, decided by another."""

    id = UUID(primary_key=True, default=UUID4())
    kind = Varchar(20, default=None, null=False)
    line = ForeignKey(BudgetLine, null=False, on_delete=OnDelete.restrict, index=True)
    to_line = ForeignKey(BudgetLine, null=True, on_delete=OnDelete.restrict, index=True)
    amount = Numeric((14, 2), default=Decimal(0), null=False)
    reason = Varchar(500, default=None, null=False)
    document = Varchar(200, default=None, null=False)
    status = Varchar(20, default="proposed", null=False, index=True)
    proposed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    proposed_at = Timestamptz(default=None, null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)
    decision_note = Varchar(500, default="", null=False)

    budget_change_kind_known = Check("kind IN ('supplement', 'take_back', 'transfer', 'carry_over')")
    budget_change_status_known = Check("status IN ('proposed', 'approved', 'refused')")
    budget_change_amount_positive = Check("amount > 0")
    budget_change_target = Check(
        "(kind = 'transfer') <= (to_line IS NOT NULL) AND (to_line IS NULL OR to_line <> line)"
    )
    budget_change_second_person = Check("decided_by IS NULL OR decided_by <> proposed_by")
    budget_change_decided = Check("(status = 'proposed') = (decided_by IS NULL)")
