"""Challenges with their matters and answers, complaints with theirs, and what was decided."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing, ListingLot
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Organisation, Person


class Challenge(Table):
    """A provider's challenge, as its letter says it. `lot` is empty where the whole document is attacked."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    lot = ForeignKey(ListingLot, null=True, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    stage = Varchar(20, default=None, null=False)
    status = Varchar(20, default="received", null=False, index=True)
    address = Varchar(200, default=None, null=False)
    postcode = Varchar(10, default=None, null=False)
    contact = Varchar(80, default=None, null=False)
    phone = Varchar(400, default=None, null=False)  # encrypted
    agent = Varchar(80, default="", null=False)
    requests = Text(default=None, null=False)
    signed_name = Varchar(80, default=None, null=False)
    raised_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    raised_at = Timestamptz(default=None, null=False)
    answer_by = Date(default=None, null=False)
    is_provisional = Boolean(default=False, null=False)
    outcome = Varchar(20, default="", null=False)
    remedy = Varchar(20, default="", null=False)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    challenge_stage_known = Check("stage IN ('document', 'opening', 'review', 'result')")
    challenge_status_known = Check("status IN ('received', 'answered', 'withdrawn')")
    challenge_outcome_known = Check("outcome IN ('', 'not_upheld', 'without_effect', 'upheld')")
    challenge_remedy_is_known = Check(
        "remedy IN ('', 'continue', 'amend', 'next_candidate', 'reviewed', 'redo', 'damages')"
    )
    challenge_answered_whole = Check(
        "(status = 'answered') = (answered_at IS NOT NULL AND answered_by IS NOT NULL AND outcome <> ''"
        " AND remedy <> '')"
    )


class ChallengeMatter(Table):
    """One matter of a challenge with its facts and law, and what was answered to it."""

    id = UUID(primary_key=True, default=UUID4())
    challenge = ForeignKey(Challenge, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    matter = Text(default=None, null=False)
    facts = Text(default=None, null=False)
    law = Text(default=None, null=False)
    answer = Text(default="", null=False)

    challenge_matter_once = Unique(["challenge", "position"])


class ChallengePaper(Table):
    """Evidence handed in with a challenge."""

    id = UUID(primary_key=True, default=UUID4())
    challenge = ForeignKey(Challenge, null=False, on_delete=OnDelete.restrict, index=True)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.restrict, unique=True)


class Complaint(Table):
    """A complaint to finance about one challenge. The four days are its clocks (R-TIME-26)."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    challenge = ForeignKey(Challenge, null=False, on_delete=OnDelete.restrict, index=True)
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    status = Varchar(20, default="received", null=False, index=True)
    address = Varchar(200, default=None, null=False)
    postcode = Varchar(10, default=None, null=False)
    contact = Varchar(80, default=None, null=False)
    phone = Varchar(400, default=None, null=False)  # encrypted
    agent = Varchar(80, default="", null=False)
    # who bid together with the complainant and complains with it, as they sign (94 Art. 9)
    partners = Text(default="", null=False)
    history = Text(default=None, null=False)
    requests = Text(default=None, null=False)
    signed_name = Varchar(80, default=None, null=False)
    raised_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    raised_at = Timestamptz(default=None, null=False)
    review_by = Date(default=None, null=False)
    copies_by = Date(default=None, null=False)
    decide_by = Date(default=None, null=False)
    is_provisional = Boolean(default=False, null=False)
    # what finance said at the first review: what to correct, or why it is not accepted
    review_note = Text(default="", null=False)
    correct_by = Date(default=None, null=True)
    reviewed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    reviewed_at = Timestamptz(default=None, null=True)
    reply_by = Date(default=None, null=True)
    outcome = Varchar(20, default="", null=False)
    remedy = Varchar(20, default="", null=False)
    found = Text(default="", null=False)
    basis = Text(default="", null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)

    complaint_status_known = Check(
        "status IN ('received', 'correcting', 'not_accepted', 'accepted', 'decided', 'withdrawn')"
    )
    complaint_outcome_known = Check("outcome IN ('', 'rejected', 'without_effect', 'upheld')")
    complaint_remedy_known = Check("remedy IN ('', 'continue', 'amend', 'next_candidate', 'redo', 'damages')")
    complaint_decided_whole = Check(
        "(status = 'decided') = (decided_at IS NOT NULL AND decided_by IS NOT NULL AND outcome <> '' AND remedy <> ''"
        " AND found <> '' AND basis <> '')"
    )


class ComplaintMatter(Table):
    """One matter of a complaint: a matter of the challenge, or one that the answer raised (R-DISP-03)."""

    id = UUID(primary_key=True, default=UUID4())
    complaint = ForeignKey(Complaint, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    challenge_matter = ForeignKey(ChallengeMatter, null=True, on_delete=OnDelete.restrict, index=True)
    matter = Text(default=None, null=False)
    facts = Text(default=None, null=False)
    law = Text(default=None, null=False)

    complaint_matter_once = Unique(["complaint", "position"])


class ComplaintReply(Table):
    """What the respondent or another party concerned said to a complaint."""

    id = UUID(primary_key=True, default=UUID4())
    complaint = ForeignKey(Complaint, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    words = Text(default=None, null=False)
    said_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    said_at = Timestamptz(default=None, null=False)

    complaint_reply_once = Unique(["complaint", "organisation"])


class ComplaintPause(Table):
    """Time that does not count towards the decision: corrections, testing, experts (94 Art. 27)."""

    id = UUID(primary_key=True, default=UUID4())
    complaint = ForeignKey(Complaint, null=False, on_delete=OnDelete.restrict, index=True)
    why = Varchar(20, default=None, null=False)
    begun_at = Timestamptz(default=None, null=False)
    ended_at = Timestamptz(default=None, null=True)

    complaint_pause_known = Check("why IN ('correction', 'testing', 'experts')")
