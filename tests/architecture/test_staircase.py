"""Imports go down the stairs only: kernel and gateways, accounts, catalogue, vendors, contracts, evaluations, roof."""

from __future__ import annotations

import ast
import re

from tests.architecture.source import PACKAGES, ROOT, Module, imports, modules, statements

FLOORS = ["kernel", "accounts", "catalogue", "vendors", "contracts", "evaluations", "roof"]
# a line that holds the word and does not begin with it: without one no function imports anything
MAY_IMPORT_INSIDE = re.compile(r"^(?!from |import ).*\bimport\b", re.MULTILINE)
GROUND = ("marketplace.kernel", "marketplace.gateways", "marketplace.front_end")
# inside a package a feature imports only those named before it
FEATURES = {
    "catalogue": [
        "items", "plans", "intentions", "checks", "scoring", "listings", "interest", "questions", "corrigenda",
        "interruptions", "holds", "outages", "relisting", "objections", "notices",
    ],  # fmt: skip
    "vendors": [
        "providers", "changes", "expiring", "workers", "credit", "relations", "refusals", "registration",
        "qualification", "chances", "incentives", "standing", "receipts", "bids", "sealing", "townlist", "register",
        "numbers",
    ],  # fmt: skip
    "contracts": [
        "agreements", "suspensions", "cases", "safeguarding", "referrals", "household_checks", "discovery",
        "job_matching", "relief", "orders", "visits", "casework",
        "renewals", "redactions", "amendments", "handovers", "frameworks", "acceptance", "promises", "billing",
        "deposits", "fees", "brought_in", "treasury", "subsidies", "versions", "papers",
    ],  # fmt: skip
    "evaluations": [
        "signs", "opening", "panel", "arithmetic", "conformity", "scoring", "consultations", "reports", "bundles",
        "awards", "reevaluations", "admission", "records", "challenges", "refusals", "performance", "effects", "papers",
    ],  # fmt: skip
}


def floor(name: str) -> str | None:
    """The floor a module lies on; None for what is not ours."""
    parts = name.split(".")
    if name == "piccolo_conf" or parts[0] == "piccolo_conf":
        return "roof"
    if parts[0] not in PACKAGES:
        return None
    if parts[0] != "marketplace":
        return parts[0]
    if name == "marketplace" or ".".join(parts[:2]) in GROUND:
        return "kernel"
    return "accounts" if parts[1] == "accounts" else "roof"


def feature(name: str) -> str | None:
    """The feature a module belongs to; None for files at the top of a package."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in FEATURES.get(parts[0], ()) else None


def is_migration_entry(module: Module) -> bool:
    """piccolo_app.py names the package's tables for the migrations."""
    return module.name.endswith("piccolo_app")


def test_imports_go_down_the_staircase() -> None:
    wrong = []
    for module in modules():
        own = floor(module.name)
        assert own is not None
        for line, name in module.imported:
            other = floor(name)
            if other is not None and name != "marketplace" and FLOORS.index(other) > FLOORS.index(own):
                wrong.append(f"{module.shown}:{line} ({own}) imports {name} ({other}) from above")
    assert not wrong, "\n".join(wrong)


def test_features_import_only_those_named_before_them() -> None:
    wrong = []
    for module in modules():
        package, own = module.name.split(".")[0], feature(module.name)
        for line, name in module.imported:
            other = feature(name) if name.split(".")[0] == package else None
            if own and other and FEATURES[package].index(other) > FEATURES[package].index(own):
                wrong.append(f"{module.shown}:{line} ({own}) imports {name}: {other} comes after it in {package}")
    assert not wrong, "\n".join(wrong)


def test_every_feature_has_its_place_in_the_order() -> None:
    strange = []
    for package, known in FEATURES.items():
        folders = {path.parent.name for path in (ROOT / package).glob("*/*.py")}
        strange += [f"{package}/{name}" for name in sorted(folders - set(known))]
    assert not strange, f"not in architecture.md: {', '.join(strange)}"


def test_nobody_hides_an_import_from_the_type_checker() -> None:
    named = [module for module in modules() if "TYPE_CHECKING" in module.source]
    guarded = [m.shown for m in named if any(name == "typing.TYPE_CHECKING" for _, name in m.imported)]
    assert not guarded, f"a circle in the imports is to be removed, not hidden: {guarded}"


def test_an_import_inside_a_function_says_why() -> None:
    wrong = []
    for module in modules():
        if not MAY_IMPORT_INSIDE.search(module.source):
            continue
        lines = module.source.splitlines()
        for function in statements(module.tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for line, name in imports(function):
                near = lines[line - 2 : line]
                if not any("#" in text for text in near):
                    wrong.append(f"{module.shown}:{line} imports {name} inside {function.name} and does not say why")
    assert not wrong, "\n".join(wrong)
