"""Recipients asked for an evaluation, and sheets of visits to the place."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, Date, ForeignKey, Integer, Numeric, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from evaluations.performance.tables import Evaluation
from marketplace.accounts.people.tables import Organisation, Person


class SatisfactionSurvey(Table):
    """Recipients drawn for an evaluation by the hashes of closed months: so many answers as the margin needs."""

    id = UUID(primary_key=True, default=UUID4())
    evaluation = ForeignKey(Evaluation, null=False, on_delete=OnDelete.restrict, unique=True)
    seed = Varchar(64, default=None, null=False)
    population = Integer(default=None, null=False)
    needed = Integer(default=None, null=False)
    # percent, as the rules of its day said
    margin = Numeric((5, 2), default=None, null=False)
    certainty = Numeric((5, 2), default=None, null=False)
    drawn_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    drawn_at = Timestamptz(default=None, null=False)
    closed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    closed_at = Timestamptz(default=None, null=True)

    satisfaction_survey_counts = Check("population > 0 AND needed > 0 AND needed <= population")


class SurveyAnswer(Table):
    """A drawn recipient by code and what was said: by phone, by the code of a short message or QR, on paper; once."""

    id = UUID(primary_key=True, default=UUID4())
    survey = ForeignKey(SatisfactionSurvey, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    recipient_code = Varchar(20, default=None, null=False)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    code_hash = Bytea(default=b"", null=False, unique=True)
    answer = Varchar(16, default="", null=False)
    channel = Varchar(8, default="", null=False)
    words = Varchar(300, default="", null=False)
    entered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    survey_answer_once = Unique(["survey", "recipient_code"])
    survey_answer_known = Check("answer IN ('', 'satisfied', 'partly', 'not_satisfied', 'not_reached')")
    survey_answer_channel_known = Check("channel IN ('', 'phone', 'sms', 'paper')")
    survey_answer_whole = Check("(answer = '') = (answered_at IS NULL) AND (answer = '') = (channel = '')")


class SiteSheet(Table):
    """What an evaluator saw on a visit to the place. `id` comes from its device, so that a sheet sent twice is one."""

    id = UUID(primary_key=True, default=UUID4())
    evaluation = ForeignKey(Evaluation, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    visited_on = Date(default=None, null=False)
    place = Varchar(80, default=None, null=False)
    looked_at = Text(default=None, null=False)
    found = Text(default=None, null=False)
    entered_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    entered_at = Timestamptz(default=None, null=False)
