"""Where rules are applied is found in the code, the pages and the data; none of these is told as kept by people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from marketplace.kernel.rulebook import all_rules
from marketplace.kernel.settings import PROJECT_FOLDER
from marketplace.rules.applied import FEATURES, PACKAGES, applied_in, feature_of
from tests.pages import words

# nothing is applied by what only tells of rules, plays them, or is made from other files
TOLD_ONLY = {"rulebook", "demo", "rules", "locales", "node_modules", "built", "__pycache__"}
WRITTEN_BY_MACHINES = {".pyc", ".mo", ".png", ".woff2", ".ico", ".svg", ".po"}


def files_of_data() -> list[Path]:
    """Every file of the packages that is neither code nor page."""
    return [
        path.relative_to(PROJECT_FOLDER)
        for package in PACKAGES
        for path in sorted((PROJECT_FOLDER / package).rglob("*"))
        if path.is_file()
        and TOLD_ONLY.isdisjoint(path.parts)
        and path.suffix not in {".py", ".html", *WRITTEN_BY_MACHINES}
    ]


def named_in(path: Path) -> set[str]:
    return set(re.findall(r"\bR-[A-Z]+-\d{2}[a-z]?\b", (PROJECT_FOLDER / path).read_text(encoding="utf-8")))


def test_a_rule_that_a_file_of_data_names_is_applied_by_the_files_feature() -> None:
    known, looked = {rule.id for rule in all_rules()}, set()
    for path in files_of_data():
        for rule_id in named_in(path) & known:
            assert feature_of(path) in applied_in(rule_id), f"{rule_id} is applied through {path}"
            looked.add(rule_id)
    # through the rows of methods, of checks and of the model document alone
    assert {"R-COM-01", "R-METH-11", "R-BID-05", "R-COLL-01"} <= looked


@pytest.mark.parametrize("rule_id", ["R-COM-01", "R-METH-11"])
async def test_the_pages_tell_a_rule_applied_through_data_and_lead_there(client, rule_id: str) -> None:
    for prefix in ("", "/en"):
        shown = (await client.get(f"{prefix}/rules/{rule_id}")).text
        assert f'href="{prefix}/listings"' in shown
    found = words((await client.get("/rules", params={"q": rule_id})).text)
    assert rule_id in found and "起草" in found


def test_a_rule_that_nothing_names_is_kept_by_people() -> None:
    assert applied_in("R-INTL-02") == ()


def test_what_only_tells_of_rules_applies_none() -> None:
    assert feature_of(Path("marketplace/rulebook/04-time.toml")) is None
    assert feature_of(Path("templates/marketplace/rules/list.html")) is None
    assert feature_of(Path("templates/catalogue/listings/check.html")) == FEATURES["catalogue/listings"]
