"""docs/fairness.md, written from the checks: `python -m catalogue.checks.document` writes it anew."""

from __future__ import annotations

from pathlib import Path

from catalogue.checks.book import COVERAGE_LABELS, SEVERITY_LABELS, Coverage, all_checks, all_entries, checks_of

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "fairness.md"

HEAD = """# 公平性检查 · Fairness check

Written from `catalogue/checks/checks.toml` and `catalogue/checks/entries.toml` by `-m catalogue.checks.document`;
do not edit by hand. The 61 entries are those of the Sichuan list of typical faults in procurement documents, 2023.

{machine} checked by machine · {reviewer} left to the reviewer · {not_applicable} not applicable to services
"""


def render() -> str:
    """Who looks at each of the 61 entries, then every check with its rule."""
    entries = all_entries()
    counts = {kind.value: sum(entry.coverage is kind for entry in entries) for kind in Coverage}
    lines = [
        HEAD.format(**counts),
        "| 序号 | 表现形式 | 谁检查 | 怎样检查 · How | 检查 · Checks |",
        "|---|---|---|---|---|",
    ]
    for entry in entries:
        names = " ".join(f"`{check.id}`" for check in checks_of(entry.number))
        how = f"{entry.reason.zh} · {entry.reason.en}"
        lines.append(f"| {entry.number} | {entry.text} | {COVERAGE_LABELS[entry.coverage]} | {how} | {names} |")
    lines += ["", "## 各项检查 · Checks", "", "| 检查 | 做什么 | 后果 | 规则 | 依据 |", "|---|---|---|---|---|"]
    for check in all_checks().values():
        title = f"{check.title.zh} · {check.title.en}"
        lines.append(
            f"| `{check.id}` | {title} | {SEVERITY_LABELS[check.severity]} | {check.rule} | {check.citation} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), encoding="utf-8")
