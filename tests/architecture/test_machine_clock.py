"""The machine's own clock is read only where it may be wrong without harm: all else is decided by the database's."""

from __future__ import annotations

import re

from tests.architecture.source import ROOT

PACKAGES = ("marketplace", "catalogue", "vendors", "contracts", "evaluations")
READS = re.compile(r"\btime\.time\(|\btime_ns\(|datetime\.now\(|\.utcnow\(|date\.today\(|datetime\.today\(")
# file: why nothing but comfort hangs on it. A clock that is wrong shows in `marketplace doctor`.
ALLOWED = {
    "contracts/deposits/online.py": "how long the payment service has known of a payment by its own clock",
    "contracts/fees/online.py": "how long the payment service has known of a payment by its own clock",
    "evaluations/scoring/score_command.py": "a command without a database",
    "marketplace/accounts/addresses/services.py": "the end of a link, in real time",
    "marketplace/accounts/documents/jobs.py": "the age of a file, by the clock that dated it",
    "marketplace/accounts/guards.py": "the age of a proof; one that lies ahead is none",
    "marketplace/accounts/joining/services.py": "the end of a link, in real time",
    "marketplace/accounts/membership/services.py": "the end of a link, in real time",
    "marketplace/accounts/people/proof_routes.py": "the moment of a proof",
    "marketplace/accounts/people/signing_in.py": "the moment of a proof",
    "marketplace/accounts/recovery/services.py": "the end of a link, in real time",
    "marketplace/accounts/second_factor/queries.py": "codes of half a minute, as the telephone counts them",
    "marketplace/accounts/second_factor/routes.py": "the moment of a proof",
    "marketplace/accounts/second_factor/services.py": "codes of half a minute, as the telephone counts them",
    "marketplace/age_command.py": "a command without a database",
    "marketplace/demo/story/browser.py": "codes of half a minute, as the telephone counts them",
    "marketplace/gateways/public_log.py": "a name that sorts; the lines carry the county's time",
    "marketplace/upkeep/doctor.py": "compares it with the database's",
    "marketplace/upkeep/telemetry.py": "traces, which decide nothing",
}


def test_who_reads_the_machines_clock_is_named_with_the_reason() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")) if READS.search(path.read_text())
    }  # fmt: skip
    assert readers == set(ALLOWED)
