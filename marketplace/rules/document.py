"""docs/rules.md, written from the rulebook: `python -m marketplace.rules.document` writes it anew."""

from __future__ import annotations

from pathlib import Path

from marketplace.kernel.rulebook import Rule, RuleRow, all_rules
from marketplace.rules.wording import AUTHORITIES, CONFIDENCE, by_chapter, value_words

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "rules.md"

HEAD = """# 规则库 · Rulebook

本文件由 `marketplace/rulebook/*.toml` 生成，请勿手改；改了数据后运行 `python -m marketplace.rules.document`。
Written from `marketplace/rulebook/*.toml`: change the data, then run `python -m marketplace.rules.document`.

可信度 · Confidence: A {A} · B {B} · C {C} · D {D}。**未确认**：还没有见到原文。
**未确认** marks what is not confirmed yet.
"""


def render() -> str:
    """The whole rulebook as Markdown, Chinese first."""
    lines = [HEAD.format(**CONFIDENCE)]
    for name, rules in by_chapter(all_rules()).items():
        lines.append(f"## {name}\n")
        for each in rules:
            lines += _rule_lines(each)
    return "\n".join(lines).rstrip() + "\n"


def _rule_lines(each: Rule) -> list[str]:
    lines = [f"### {each.id} {each.title.zh}\n", f"{each.text.zh}\n", f"*{each.title.en}.* {each.text.en}\n"]
    lines.append(f"依据：{each.citation} · 可信度 {each.confidence}\n")
    rows = [row for row in each.rows if row.value != ""]
    if rows:
        lines += ["| 项 | 值 | 层级 | 起止 | 依据 | 可信度 |", "|---|---|---|---|---|---|"]
        lines += [_row_line(row) for row in rows]
        lines.append("")
    return lines


def _row_line(row: RuleRow) -> str:
    part = f"{row.part_title.zh} `{row.key}`" if row.part else f"`{row.key}`"
    words = value_words(row).text("zh")
    span = f"{row.effective_from.isoformat()} – {row.effective_to.isoformat() if row.effective_to else ''}".rstrip()
    sure = f"{row.confidence}（**未确认**）" if row.unconfirmed else row.confidence
    note = f"；{row.note.zh}" if row.note else ""
    return f"| {part} | {words} | {AUTHORITIES[row.jurisdiction]} | {span} | {row.citation}{note} | {sure} |"


if __name__ == "__main__":
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(render(), encoding="utf-8")
