"""Every route of the site, package by package."""

from typing import Any

from catalogue.corrigenda import routes as corrigenda
from catalogue.intentions import routes as intentions
from catalogue.interest import routes as interest
from catalogue.interruptions import routes as interruptions
from catalogue.items import routes as items
from catalogue.listings import draft_routes, item_page, method_routes, version_routes
from catalogue.listings import routes as listings
from catalogue.listings.entrusting import routes as entrusting
from catalogue.listings.frameworks import routes as framework_terms
from catalogue.listings.inviting import routes as inviting
from catalogue.listings.preparation import routes as preparation
from catalogue.listings.review import chain_routes, check_routes
from catalogue.listings.review import routes as review
from catalogue.listings.sole import routes as sole
from catalogue.listings.starting import routes as starting
from catalogue.notices import routes as notices
from catalogue.notices import template_routes
from catalogue.objections import routes as objections
from catalogue.plans import change_routes, exemption_routes, import_routes, splitting
from catalogue.plans import routes as plans
from catalogue.questions import routes as questions
from catalogue.relisting import routes as relisting
from contracts.acceptance import evidence_routes, plan_routes
from contracts.acceptance import routes as acceptance
from contracts.agreements import filing_routes
from contracts.agreements import routes as agreements
from contracts.amendments import paper_routes as amendment_papers
from contracts.amendments import routes as amendments
from contracts.billing import account_routes, delay_routes, file_routes, part_routes, voucher_routes, wait_routes
from contracts.billing import routes as billing
from contracts.brought_in import routes as brought_in
from contracts.cases import routes as cases
from contracts.casework import routes as casework
from contracts.deposits import routes as deposits
from contracts.discovery import routes as discovery
from contracts.discovery import sweep_routes
from contracts.fees import routes as fees
from contracts.frameworks import open_routes as open_frameworks
from contracts.frameworks import order_routes as framework_orders
from contracts.frameworks import routes as frameworks
from contracts.frameworks import second_routes as second_orders
from contracts.handovers import routes as handovers
from contracts.household_checks import routes as household_checks
from contracts.job_matching import routes as job_matching
from contracts.orders import routes as service_orders
from contracts.promises import routes as promises
from contracts.redactions import routes as redactions
from contracts.referrals import routes as referrals
from contracts.relief import routes as relief
from contracts.renewals import routes as renewals
from contracts.safeguarding import routes as safeguarding
from contracts.subsidies import routes as subsidies
from contracts.treasury import book_routes as books
from contracts.treasury import routes as treasury
from contracts.versions import comparison_routes
from contracts.versions import routes as contract_versions
from contracts.visits import (
    callback_routes,
    device_routes,
    hours_routes,
    leave_routes,
    offline_routes,
    photo_routes,
    side_routes,
)
from contracts.visits import routes as visits
from evaluations.admission import routes as admission
from evaluations.arithmetic import routes as arithmetic
from evaluations.awards import comment_routes as panel_comments
from evaluations.awards import minutes_routes as decision_minutes
from evaluations.awards import routes as awards
from evaluations.awards import tie_routes as ties
from evaluations.bundles import routes as bundles
from evaluations.challenges import complaint_routes as complaints
from evaluations.challenges import inquiry_routes as inquiry_holds
from evaluations.challenges import routes as challenges
from evaluations.conformity import routes as conformity
from evaluations.consultations import routes as consultations
from evaluations.effects import routes as effects
from evaluations.opening import browser_routes as browser_opening
from evaluations.opening import recording_routes as recordings
from evaluations.opening import routes as opening
from evaluations.opening import sign_routes as collusion_signs
from evaluations.panel import chair_routes as panel_chair
from evaluations.panel import draw_record_routes as panel_draw_records
from evaluations.panel import draw_routes as panel_draws
from evaluations.panel import routes as panel
from evaluations.performance import buyer_rating_routes as buyer_ratings
from evaluations.performance import goal_routes as goals
from evaluations.performance import improvement_routes as improvements
from evaluations.performance import routes as performance
from evaluations.performance import sheet_routes as sheets
from evaluations.performance import survey_routes as surveys
from evaluations.records import routes as records
from evaluations.reevaluations import routes as re_evaluations
from evaluations.refusals import place_routes as place_refusals
from evaluations.refusals import routes as refusals
from evaluations.reports import correction_routes as mark_corrections
from evaluations.reports import routes as reports
from evaluations.scoring import low_price_routes as low_prices
from evaluations.scoring import routes as scoring
from evaluations.scoring import working_routes as scoring_working
from marketplace.accounts.addresses import routes as addresses
from marketplace.accounts.agencies import routes as agencies
from marketplace.accounts.documents import routes as documents
from marketplace.accounts.joining import routes as joining
from marketplace.accounts.membership import admin_routes, join_routes, owner_routes
from marketplace.accounts.membership import routes as membership
from marketplace.accounts.openers import routes as openers
from marketplace.accounts.people import account_routes as own_account
from marketplace.accounts.people import proof_routes as proof
from marketplace.accounts.people import routes as people
from marketplace.accounts.privacy import correction_routes
from marketplace.accounts.recovery import routes as recovery
from marketplace.accounts.second_factor import routes as second_factor
from marketplace.conference import case_routes as model_cases
from marketplace.conference import routes as conference
from marketplace.demo import code_routes as demo_codes
from marketplace.demo import routes as demo_clock
from marketplace.finding import routes as finding
from marketplace.guide import routes as guide
from marketplace.kernel.settings import Settings
from marketplace.opendata import api_routes
from marketplace.opendata import routes as opendata
from marketplace.opendata.ocds import routes as ocds
from marketplace.overview import board_routes, coverage_routes, yuan_routes
from marketplace.rehearsal import routes as rehearsal
from marketplace.retention import my_data_routes
from marketplace.retention import routes as retention
from marketplace.rules import routes as rules
from marketplace.rules.county import routes as county_rules
from marketplace.rules.year import routes as year
from marketplace.site import (
    audit_page,
    case_paper_pages,
    contract_page,
    contract_paper_pages,
    county_paper_pages,
    dispute_paper_pages,
    draw_pages,
    goal_paper_pages,
    intention_notice_pages,
    invitation_letter_pages,
    ledger_proof,
    ledger_source,
    listing_page,
    my_file_page,
    notice_pages,
    number_search,
    platform_pages,
    prequalification_pages,
    preview_page,
    provider_page,
    service_page,
    stage_paper_pages,
    subsidy_paper_pages,
    work_page,
)
from marketplace.site import routes as site
from marketplace.subscriptions import routes as subscriptions
from marketplace.voices import routes as voices
from vendors import organisation_pages
from vendors.bids import consortium_routes, sealing_routes
from vendors.bids import file_routes as bid_file
from vendors.bids import routes as bids
from vendors.changes import routes as registration_changes
from vendors.credit import list_routes as credit_lists
from vendors.credit import routes as credit
from vendors.incentives import routes as incentives
from vendors.providers import routes as providers
from vendors.qualification import own_routes as own_prechecks
from vendors.qualification import routes as qualification
from vendors.receipts import routes as receipts
from vendors.register import import_routes as register_imports
from vendors.register import routes as provider_register
from vendors.registration import routes as registration
from vendors.relations import routes as relations
from vendors.sealing import routes as browser_sealing
from vendors.standing import routes as standing
from vendors.townlist import routes as townlist
from vendors.workers import change_routes as worker_changes
from vendors.workers import code_routes as worker_codes
from vendors.workers import county_routes as county_workers
from vendors.workers import file_routes as worker_files
from vendors.workers import routes as workers


def routes(settings: Settings) -> list[Any]:
    """All route handlers; the demo's own pages exist only in a demo."""
    handlers = [*people.ROUTES, *own_account.ROUTES, *openers.ROUTES, *rules.ROUTES, *site.ROUTES, *finding.ROUTES]
    handlers += [*second_factor.ROUTES, *proof.ROUTES]
    handlers += [*membership.ROUTES, *join_routes.ROUTES, *admin_routes.ROUTES, *owner_routes.ROUTES]
    handlers += [*addresses.ROUTES, *joining.ROUTES, *recovery.ROUTES, *correction_routes.ROUTES]
    handlers += [*my_data_routes.ROUTES, *retention.ROUTES]
    handlers += [*items.ROUTES, *plans.ROUTES, *draft_routes.ROUTES, *item_page.ROUTES, *listings.ROUTES]
    handlers += [*import_routes.ROUTES, *change_routes.ROUTES, *splitting.ROUTES, *intentions.ROUTES]
    handlers += exemption_routes.ROUTES
    handlers += [*method_routes.ROUTES, *framework_terms.ROUTES]
    handlers += [*interest.ROUTES, *questions.ROUTES, *corrigenda.ROUTES, *version_routes.ROUTES]
    handlers += [*check_routes.ROUTES, *review.ROUTES, *chain_routes.ROUTES, *preparation.ROUTES]
    handlers += [*interruptions.ROUTES, *relisting.ROUTES]
    handlers += [*refusals.ROUTES, *place_refusals.ROUTES]
    handlers += [*inquiry_holds.ROUTES, *challenges.ROUTES, *complaints.ROUTES, *dispute_paper_pages.ROUTES]
    handlers += [*stage_paper_pages.ROUTES, *collusion_signs.ROUTES]
    handlers += [*starting.ROUTES, *inviting.ROUTES]
    handlers += [*agencies.ROUTES, *entrusting.ROUTES, *sole.ROUTES, *objections.ROUTES]
    handlers += [*listing_page.ROUTES, *preview_page.ROUTES, *ledger_source.ROUTES, *ledger_proof.ROUTES]
    handlers += [*notice_pages.ROUTES, *notices.ROUTES, *template_routes.ROUTES, *county_paper_pages.ROUTES]
    handlers += [*intention_notice_pages.ROUTES, *invitation_letter_pages.ROUTES, *prequalification_pages.ROUTES]
    handlers += draw_pages.ROUTES
    handlers += [*platform_pages.ROUTES]
    handlers += [*documents.ROUTES, *providers.ROUTES, *provider_page.ROUTES, *organisation_pages.ROUTES]
    handlers += [*provider_register.ROUTES, *register_imports.ROUTES]
    handlers += [*qualification.ROUTES, *own_prechecks.ROUTES, *credit.ROUTES, *credit_lists.ROUTES]
    handlers += [*workers.ROUTES, *worker_changes.ROUTES, *worker_codes.ROUTES]
    handlers += [*county_workers.ROUTES, *my_file_page.ROUTES, *number_search.ROUTES]
    handlers += registration_changes.ROUTES
    handlers += [*relations.ROUTES, *registration.ROUTES, *incentives.ROUTES, *bid_file.ROUTES]
    handlers += [*worker_files.ROUTES, *townlist.ROUTES, *standing.ROUTES]
    handlers += [*bids.ROUTES, *sealing_routes.ROUTES, *consortium_routes.ROUTES, *receipts.ROUTES]
    handlers += [*browser_sealing.ROUTES, *browser_opening.ROUTES, *recordings.ROUTES]
    handlers += filing_routes.ROUTES
    handlers += [*agreements.ROUTES, *amendments.ROUTES, *visits.ROUTES, *hours_routes.ROUTES, *offline_routes.ROUTES]
    handlers += amendment_papers.ROUTES
    handlers += photo_routes.ROUTES
    handlers += [*safeguarding.ROUTES, *casework.ROUTES, *cases.ROUTES, *relief.ROUTES, *service_orders.ROUTES]
    handlers += [*referrals.ROUTES, *household_checks.ROUTES, *case_paper_pages.ROUTES, *discovery.ROUTES]
    handlers += sweep_routes.ROUTES
    handlers += job_matching.ROUTES
    handlers += [*device_routes.ROUTES, *leave_routes.ROUTES, *callback_routes.ROUTES, *side_routes.ROUTES]
    handlers += [*handovers.ROUTES, *renewals.ROUTES, *brought_in.ROUTES]
    handlers += [*redactions.ROUTES, *contract_versions.ROUTES, *comparison_routes.ROUTES]
    handlers += contract_paper_pages.ROUTES
    handlers += plan_routes.ROUTES
    handlers += [*acceptance.ROUTES, *billing.ROUTES, *delay_routes.ROUTES, *part_routes.ROUTES, *promises.ROUTES]
    handlers += wait_routes.ROUTES
    handlers += [*evidence_routes.ROUTES, *file_routes.ROUTES, *voucher_routes.ROUTES]
    handlers += account_routes.ROUTES
    handlers += [*deposits.ROUTES, *fees.ROUTES, *treasury.ROUTES, *books.ROUTES]
    handlers += [*subsidies.ROUTES, *subsidy_paper_pages.ROUTES, *contract_page.ROUTES]
    handlers += [
        *panel.ROUTES,
        *arithmetic.ROUTES,
        *conformity.ROUTES,
        *consultations.ROUTES,
        *scoring.ROUTES,
        *low_prices.ROUTES,
        *scoring_working.ROUTES,
        *panel_chair.ROUTES,
        *reports.ROUTES,
        *mark_corrections.ROUTES,
        *re_evaluations.ROUTES,
        *awards.ROUTES,
        *ties.ROUTES,
        *panel_comments.ROUTES,
        *decision_minutes.ROUTES,
        *panel_draws.ROUTES,
        *panel_draw_records.ROUTES,
        *bundles.ROUTES,
        *records.ROUTES,
    ]
    handlers += [*opening.ROUTES, *admission.ROUTES, *frameworks.ROUTES, *framework_orders.ROUTES]
    handlers += [*second_orders.ROUTES, *open_frameworks.ROUTES]
    handlers += effects.ROUTES
    handlers += [*performance.ROUTES, *improvements.ROUTES, *surveys.ROUTES, *sheets.ROUTES, *buyer_ratings.ROUTES]
    handlers += [*goals.ROUTES, *goal_paper_pages.ROUTES, *work_page.ROUTES]
    handlers += [*audit_page.ROUTES, *opendata.ROUTES, *ocds.ROUTES]
    handlers += [*coverage_routes.ROUTES, *yuan_routes.ROUTES, *board_routes.ROUTES, *guide.ROUTES]
    handlers += [*subscriptions.ROUTES, *voices.ROUTES, *conference.ROUTES, *model_cases.ROUTES]
    handlers += service_page.ROUTES
    if settings.metrics_token:
        handlers += service_page.METRICS_ROUTES
    handlers += [*api_routes.ROUTES]
    handlers += [*county_rules.ROUTES, *year.ROUTES]
    if settings.is_demo:
        handlers += [*site.DEMO_ROUTES, *demo_clock.ROUTES, *demo_codes.ROUTES]
    if settings.is_rehearsal:
        handlers += rehearsal.ROUTES
    return handlers
