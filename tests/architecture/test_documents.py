"""Documents that can go stale are read here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from marketplace import documents_command as documents
from marketplace.accounts.permissions import Role
from marketplace.cli import COMMANDS
from marketplace.demo.accounts_command import accounts
from marketplace.demo.cast import PASSWORD
from marketplace.kernel.settings import PROJECT_FOLDER
from marketplace.rules import document as rulebook_document

WRITTEN_BY_HAND = (
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "docs/domain.md", "docs/operations.md",
    "docs/security.md", "docs/performance.md",
)  # fmt: skip
REWRITE = "out of step: run `.venv/bin/python -m marketplace.documents_command` and commit docs/"
FOLDERS = (
    "marketplace/", "catalogue/", "vendors/", "contracts/", "evaluations/", "docs/", "templates/", "tests/", "scripts/",
)  # fmt: skip


def _text(name: str) -> str:
    return (PROJECT_FOLDER / name).read_text(encoding="utf-8")


def _paths_named_in(text: str) -> set[str]:
    quoted = re.findall(r"`([\w./-]+)`", text) + re.findall(r"\]\(([\w./-]+)\)", text)
    return {q for q in quoted if q.startswith(FOLDERS) and "<" not in q and "YYYY" not in q}


def test_the_terms_of_data_are_written_from_the_table_of_kinds() -> None:
    assert documents.RETENTION.read_text(encoding="utf-8") == documents.retention_document(), REWRITE


def test_states_are_written_from_the_transition_tables() -> None:
    assert documents.STATES.read_text(encoding="utf-8") == documents.states_document(), REWRITE


def test_permissions_are_written_from_the_permission_table() -> None:
    assert documents.PERMISSIONS.read_text(encoding="utf-8") == documents.permissions_document(), REWRITE


def test_rules_are_written_from_the_rulebook() -> None:
    assert rulebook_document.DOCUMENT.read_text(encoding="utf-8") == rulebook_document.render()


def test_every_transition_table_has_a_noun_and_words_for_its_states() -> None:
    unnamed = [m.place for m in documents.machines() if m.place not in documents.NOUNS]
    wordless = [m.place for m in documents.machines() if not m.labels]
    assert unnamed == [] and wordless == []


def test_every_step_of_a_transition_table_ends_in_a_state_of_it() -> None:
    for machine in documents.machines():
        assert {s for ways in machine.moves.values() for s in ways} <= set(machine.states), machine.place


def test_the_readme_lists_every_demo_account() -> None:
    readme = _text("README.md")
    assert PASSWORD in readme
    rows = [line for line in readme.splitlines() if line.startswith("|")]
    for account in accounts():
        row = next((r for r in rows if f"`{account['username']}`" in r), "")
        assert str(account["name"]) in row and str(account["organisation"]) in row, account["username"]


def test_the_readme_names_only_commands_that_exist() -> None:
    named = re.findall(r"^\.venv/bin/marketplace ([a-z-]+(?: [a-z-]+)?)", _text("README.md"), flags=re.M)
    assert named
    unknown = [n for n in named if n not in COMMANDS and n.split()[0] not in COMMANDS]
    assert unknown == []


@pytest.mark.parametrize("name", WRITTEN_BY_HAND)
def test_a_document_names_only_files_that_exist(name: str) -> None:
    missing = sorted(p for p in _paths_named_in(_text(name)) if not Path(PROJECT_FOLDER / p).exists())
    assert missing == []


def test_the_glossary_has_every_role_and_state() -> None:
    glossary = _text("docs/domain.md")
    words = [str(role) for role in Role] + [str(s) for m in documents.machines() for s in m.states]
    assert [w for w in words if f"`{w}`" not in glossary] == []


def test_the_glossary_names_only_what_the_code_has() -> None:
    quoted = set(re.findall(r"`([A-Za-z_]\w+)(?:\(\))?`", _text("docs/domain.md")))
    prefixes = {"check_", "may_", "list_", "lock_", "_on"}
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("marketplace", *documents.PACKAGES)
        for path in (PROJECT_FOLDER / folder).rglob("*.py")
    )
    known = set(re.findall(r"\w+", source))
    assert sorted(quoted - prefixes - known) == []


def test_operations_lists_every_setting() -> None:
    source = _text("marketplace/kernel/settings.py")
    operations = _text("docs/operations.md")
    assert [name for name in re.findall(r'read\("([A-Z_0-9]+)"', source) if f"`{name}`" not in operations] == []
