"""The report and its signatures, corrections of locked marks, and re-evaluations."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from evaluations.opening.tables import OpenedBid
from evaluations.panel.tables import PanelMember
from evaluations.scoring.tables import Mark
from marketplace.accounts.people.tables import Person


class EvaluationReport(Table):
    """One version of a panel's report, as the bytes that are signed.

    A correction makes it void before all signed, another panel also after.
    """

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=False)  # the unique one serves
    version = Integer(default=1, null=False)
    content = Text(default=None, null=False)
    content_sha256 = Varchar(64, default=None, null=False)
    remarks = Text(default="", null=False)
    drawn_up_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    drawn_up_at = Timestamptz(default=None, null=False)
    voided_at = Timestamptz(default=None, null=True)
    # all have signed, dissented or are deemed to agree: the evaluation has ended
    whole_at = Timestamptz(default=None, null=True)
    # the agency handed it to the purchaser (R-TIME-13)
    handed_at = Timestamptz(default=None, null=True)
    handed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)

    evaluation_report_once = Unique(["listing", "version"])
    evaluation_report_handed_whole = Check("(handed_at IS NULL) = (handed_by IS NULL)")


class ReportSignature(Table):
    """How a member stands to a version of the report: signed, signed with a dissent, or deemed to agree (R-COM-09)."""

    id = UUID(primary_key=True, default=UUID4())
    report = ForeignKey(EvaluationReport, null=False, on_delete=OnDelete.restrict, index=False)
    member = ForeignKey(PanelMember, null=False, on_delete=OnDelete.restrict, index=True)
    way = Varchar(10, default=None, null=False)
    typed_name = Varchar(80, default="", null=False)
    dissent = Text(default="", null=False)
    content_sha256 = Varchar(64, default=None, null=False)
    stands_since = Timestamptz(default=None, null=False)
    # how it was made, where its proof lies (or its number at a service), and the proof's hash
    method = Varchar(8, default="typed", null=False)
    proof_reference = Varchar(200, default="", null=False)
    proof_sha256 = Varchar(64, default="", null=False)
    # who recorded that the member counts as agreeing
    recorded_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)

    report_signature_once = Unique(["report", "member"])
    report_signature_method_known = Check("method IN ('typed', 'drawn', 'service')")
    report_signature_way_known = Check("way IN ('signed', 'dissent', 'deemed')")
    report_signature_whole = Check(
        "(way = 'deemed') = (typed_name = '') AND (way = 'dissent') = (dissent <> '')"
        " AND (way = 'deemed') = (recorded_by IS NOT NULL)"
    )


class ReportReminder(Table):
    """A member was reminded to sign or to write its dissent, and until when it is waited (R-COM-09)."""

    id = UUID(primary_key=True, default=UUID4())
    report = ForeignKey(EvaluationReport, null=False, on_delete=OnDelete.restrict, index=False)
    member = ForeignKey(PanelMember, null=False, on_delete=OnDelete.restrict, index=True)
    reminded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    reminded_at = Timestamptz(default=None, null=False)
    wait_until = Timestamptz(default=None, null=False)

    report_reminder_once = Unique(["report", "member"])
    report_reminder_forward = Check("wait_until > reminded_at")


class ReEvaluation(Table):
    """The buyer lets the original panel review a signed result again, on one lawful ground (R-REEV-01)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    number = Varchar(40, default=None, null=False, unique=True)
    ground = Varchar(20, default=None, null=False)
    reason = Text(default=None, null=False)
    # the number of the challenge that raised the ground, after the notice (87 Art. 64 para 3); else empty
    challenge = Varchar(40, default="", null=False)
    # the lot it attacks: the announced results of the others stay
    lot = ForeignKey(ListingLot, null=True, on_delete=OnDelete.restrict, index=True)
    before = ForeignKey(EvaluationReport, null=False, on_delete=OnDelete.restrict, index=True)
    result_before = Text(default="", null=False)
    opened_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    opened_at = Timestamptz(default=None, null=False)
    after = ForeignKey(EvaluationReport, null=True, on_delete=OnDelete.restrict, index=True)
    result_after = Text(default="", null=False)
    is_changed = Boolean(default=False, null=False)
    closed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    closed_at = Timestamptz(default=None, null=True)
    # finance took note of a changed result
    noted_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    noted_at = Timestamptz(default=None, null=True)

    re_evaluation_ground_known = Check(
        "ground IN ('arithmetic', 'out_of_range', 'objective', 'abnormal', 'qualification', 'price')"
    )
    re_evaluation_closed_whole = Check(
        "(closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (after IS NULL)"
    )
    re_evaluation_noted_changed = Check("noted_at IS NULL OR (is_changed AND noted_by IS NOT NULL)")


class MarkCorrection(Table):
    """A locked mark that the panel corrects on a lawful ground: the only way it may change (R-COM-07).

    Without `mark` it is a finding of qualification taken back in a re-evaluation: the bid is no longer qualified.
    """

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, index=True)
    mark = ForeignKey(Mark, null=True, on_delete=OnDelete.restrict, index=True)
    ground = Varchar(20, default=None, null=False)
    old_points = Numeric((5, 2), default=None, null=True)
    new_points = Numeric((5, 2), default=None, null=True)
    reason = Text(default=None, null=False)
    re_evaluation = ForeignKey(ReEvaluation, null=True, on_delete=OnDelete.restrict, index=True)
    proposed_by = ForeignKey(PanelMember, null=False, on_delete=OnDelete.restrict, index=True)
    proposed_at = Timestamptz(default=None, null=False)
    outcome = Varchar(10, default="", null=False)
    decided_at = Timestamptz(default=None, null=True)

    mark_correction_ground_known = Check(
        "ground IN ('arithmetic', 'out_of_range', 'objective', 'abnormal', 'qualification', 'price')"
    )
    mark_correction_outcome_known = Check("outcome IN ('', 'made', 'refused', 'dropped')")
    mark_correction_decided_whole = Check("(outcome = '') = (decided_at IS NULL)")
    mark_correction_values_whole = Check(
        "(mark IS NULL) = (old_points IS NULL) AND (mark IS NULL) = (new_points IS NULL)"
        " AND (mark IS NOT NULL OR (ground = 'qualification' AND re_evaluation IS NOT NULL))"
    )


class CorrectionVote(Table):
    """What one member holds of a correction."""

    id = UUID(primary_key=True, default=UUID4())
    correction = ForeignKey(MarkCorrection, null=False, on_delete=OnDelete.restrict, index=False)
    member = ForeignKey(PanelMember, null=False, on_delete=OnDelete.restrict, index=True)
    agrees = Boolean(default=False, null=False)
    voted_at = Timestamptz(default=None, null=False)

    correction_vote_once = Unique(["correction", "member"])
