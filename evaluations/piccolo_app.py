"""Tables and migrations of the evaluations."""

from marketplace.kernel.migrations import package

TABLE_MODULES = [
    "evaluations.signs.tables",
    "evaluations.opening.tables",
    "evaluations.panel.tables",
    "evaluations.arithmetic.tables",
    "evaluations.conformity.tables",
    "evaluations.scoring.tables",
    "evaluations.consultations.tables",
    "evaluations.reports.tables",
    "evaluations.bundles.tables",
    "evaluations.awards.tables",
    "evaluations.admission.tables",
    "evaluations.records.tables",
    "evaluations.performance.tables",
    "evaluations.performance.improvement_tables",
    "evaluations.performance.survey_tables",
    "evaluations.performance.buyer_rating_tables",
    "evaluations.performance.goal_tables",
    "evaluations.challenges.tables",
]

APP_CONFIG = package("evaluations", TABLE_MODULES, needs=["contracts"])
