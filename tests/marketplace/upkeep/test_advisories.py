"""Known weaknesses of pinned packages are found by version; a check that did not happen never passes for one."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.kernel.settings import PROJECT_FOLDER
from marketplace.upkeep import advisories_command
from marketplace.upkeep.advisories import NPM, PYPI, Audit, Pinned, Unreadable, audit, is_in_range, pep440, semver
from marketplace.upkeep.advisories import pinned_packages as all_pinned

JINJA = Pinned(PYPI, "jinja2", "3.1.5", "requirements.txt")
ESBUILD = Pinned(NPM, "esbuild", "0.24.2", "package-lock.json")
OTHER = Pinned(PYPI, "markupsafe", "3.0.4", "requirements.txt")


def an_advisory(number: str, ecosystem: str, name: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    kind = "SEMVER" if ecosystem == NPM else "ECOSYSTEM"
    affected = {"package": {"ecosystem": ecosystem, "name": name}, "ranges": [{"type": kind, "events": [*events]}]}
    said = {"modified": "2026-11-20T00:00:00Z", "summary": "a sandbox breaks"}
    return {"id": number, **said, "affected": [affected], **more}


WEAK = [
    an_advisory("GHSA-aaaa", PYPI, "Jinja2", {"introduced": "0"}, {"fixed": "3.1.6"}, aliases=["CVE-2025-1"]),
    an_advisory("PYSEC-1", PYPI, "jinja2", {"introduced": "0"}, {"fixed": "3.1.6"}, aliases=["CVE-2025-1"]),
    an_advisory("GHSA-bbbb", NPM, "esbuild", {"introduced": "0"}, {"last_affected": "0.24.2"}),
    an_advisory("GHSA-cccc", PYPI, "markupsafe", {"introduced": "0"}, {"fixed": "3.0.4"}),
    an_advisory("GHSA-dddd", PYPI, "markupsafe", {"introduced": "0"}, withdrawn="2026-01-01T00:00:00Z"),
    an_advisory("GHSA-eeee", PYPI, "of-another", {"introduced": "0"}),
]


def a_database(folder: Path, advisories: list[dict[str, Any]]) -> Path:
    """A zip for each ecosystem, as they are published."""
    for ecosystem in (PYPI, NPM):
        with zipfile.ZipFile(folder / f"{ecosystem}.zip", "w") as packed:
            for each in advisories:
                if each["affected"][0]["package"]["ecosystem"] == ecosystem:
                    packed.writestr(f"{each['id']}.json", json.dumps(each))
    return folder


def test_weak_versions_are_named_once_with_all_names_and_the_version_that_mends_them(tmp_path: Path) -> None:
    found = audit([JINJA, ESBUILD, OTHER], a_database(tmp_path, WEAK))
    weak, npm = sorted(found.findings, key=lambda each: each.package.ecosystem)
    assert (weak.package, weak.fixed_in) == (JINJA, ("3.1.6",))
    assert (weak.advisory, weak.also) == ("GHSA-aaaa", ("CVE-2025-1", "PYSEC-1"))
    assert (npm.package, npm.fixed_in) == (ESBUILD, ())
    code, lines = advisories_command.verdict(found, [JINJA, ESBUILD, OTHER])
    told = [line.text("en") for line in lines]
    assert code == 1 and any("jinja2 3.1.5" in each and "Mended in: 3.1.6" in each for each in told)
    assert "PyPI 5" in told[-1] and "2026-11-20" in told[-1]


@pytest.mark.parametrize(("version", "is_hit"), [
    ("0.9", False), ("1.0", True), ("1.4.9", True), ("1.5", False), ("2.0rc1", False), ("2.0", True), ("2.3", True),
    ("2.3.1", False), ("3!1.0", False),
])  # fmt: skip
def test_a_range_may_open_and_close_more_than_once(version: str, is_hit: bool) -> None:
    events = [{"introduced": "2.0"}, {"last_affected": "2.3"}, {"introduced": "1.0"}, {"fixed": "1.5"}]
    assert is_in_range(events, version, pep440) is is_hit


def test_what_was_tried_before_a_release_comes_before_it() -> None:
    order = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"]
    assert sorted(reversed(order), key=semver) == order
    assert is_in_range([{"introduced": "1.0.0-rc.1"}, {"fixed": "1.0.0"}], "1.0.0-rc.2", semver)


@settings(max_examples=60)
@given(st.tuples(*[st.integers(0, 30)] * 3), st.tuples(*[st.integers(0, 30)] * 3))
def test_the_fixed_version_itself_and_all_above_are_safe(fixed: tuple[int, ...], here: tuple[int, ...]) -> None:
    word, own = ".".join(map(str, fixed)), ".".join(map(str, here))
    for compared in (pep440, semver):
        assert is_in_range([{"introduced": "0"}, {"fixed": word}], own, compared) is (here < fixed)


def test_versions_that_cannot_be_compared_are_told_and_not_passed_over(tmp_path: Path) -> None:
    strange = an_advisory("GHSA-ffff", PYPI, "jinja2", {"introduced": "0"}, {"fixed": "not a version"})
    [found] = audit([JINJA], a_database(tmp_path, [strange])).findings
    assert not found.is_certain and "yourself" in advisories_command.finding_words(found).text("en")


def test_an_exact_version_that_is_listed_counts(tmp_path: Path) -> None:
    listed = an_advisory("MAL-1", NPM, "esbuild")
    listed["affected"][0]["versions"] = ["0.24.2"]
    assert [each.advisory for each in audit([ESBUILD], a_database(tmp_path, [listed])).findings] == ["MAL-1"]


def test_without_a_database_or_with_half_of_one_nothing_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ADVISORIES", raising=False)
    assert advisories_command.main([]) == 3 and "Nothing was checked" in capsys.readouterr().err
    assert advisories_command.main([str(tmp_path / "absent.zip")]) == 3
    (tmp_path / "broken.json").write_text("{")
    assert advisories_command.main([str(tmp_path / "broken.json")]) == 3
    with pytest.raises(Unreadable):
        audit([JINJA], tmp_path / "broken.json")
    code, lines = advisories_command.verdict(Audit(read={PYPI: 4}), [JINJA, ESBUILD])
    assert code == 3 and "npm" in lines[0].text("en")
    (tmp_path / "broken.json").unlink()
    monkeypatch.setenv("ADVISORIES", str(a_database(tmp_path, WEAK)))
    assert advisories_command.main([]) in (0, 1) and "markupsafe" not in capsys.readouterr().out


def test_all_that_is_pinned_is_looked_at() -> None:
    found = {(each.ecosystem, each.name, each.file) for each in all_pinned(PROJECT_FOLDER)}
    assert (PYPI, "cryptography", "requirements.txt") in found and (NPM, "esbuild", "package-lock.json") in found
    files = {path.name for path in PROJECT_FOLDER.glob("requirements*.txt")}
    assert {file for _, _, file in found} == files | {"package-lock.json"}
    assert all(each.version[0].isdigit() for each in all_pinned(PROJECT_FOLDER))
