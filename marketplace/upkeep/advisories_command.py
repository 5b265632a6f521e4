"""`marketplace audit-dependencies [DATABASE]`: known weaknesses of the pinned packages, without a network.

DATABASE, or the variable ADVISORIES, names advisories in OSV format: a zip of them, a folder with one zip for each
ecosystem, or JSON files. Exit 0 when none tells of a pinned version, 1 naming those that do, 3 when not all
was looked at.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.settings import PROJECT_FOLDER
from marketplace.upkeep.advisories import Audit, Finding, Pinned, Unreadable, audit, pinned_packages

AFFECTED, UNCHECKED = 1, 3


def finding_words(found: Finding) -> Sentence:
    """One line for an operator: what is weak, since which register, where it is mended."""
    package = found.package
    values = {
        "name": package.name, "version": package.version, "file": package.file,
        "advisory": ", ".join((found.advisory, *found.also)), "severity": found.severity or "-",
        "summary": found.summary or "-", "fixed": ", ".join(found.fixed_in),
    }  # fmt: skip
    if not found.is_certain:
        words = N_("{name} {version}（{file}）：{advisory}，{severity}，{summary}。版本号无法比较，请自己核对。")
        return say(words, **values)
    if not found.fixed_in:
        return say(N_("{name} {version}（{file}）：{advisory}，{severity}，{summary}。还没有修复的版本。"), **values)
    return say(N_("{name} {version}（{file}）：{advisory}，{severity}，{summary}。修复的版本：{fixed}。"), **values)


def verdict(found: Audit, packages: Sequence[Pinned]) -> tuple[int, list[Sentence]]:
    """The exit code, and what is said."""
    counted = Counter(package.ecosystem for package in packages)
    empty = sorted(each for each in counted if not found.read.get(each))
    lines = [finding_words(each) for each in found.findings]
    if empty:
        words = N_("没有查完：漏洞库里没有一条关于 {ecosystems} 的记录。请换一个完整的漏洞库再查。")
        lines.append(say(words, ecosystems=", ".join(empty)))
    read = ", ".join(f"{each} {found.read.get(each, 0)}" for each in sorted(counted))
    lines.append(say(
        N_("核对了 {packages} 个锁定的软件包和漏洞库里的 {read} 条记录（最新一条改于 {newest}）：{count} 处受影响。"),
        packages=len(packages), read=read, newest=found.newest[:10] or "-", count=len(found.findings),
    ))  # fmt: skip
    return AFFECTED if found.findings else UNCHECKED if empty else 0, lines


def main(argv: Sequence[str] = ()) -> int:
    """Exit 0, 1 or 3 as told above; 2 for a line that was not understood."""
    if len(argv) > 1 or any(word.startswith("-") for word in argv):
        print(__doc__, file=sys.stderr)
        return 2
    named = argv[0] if argv else os.environ.get("ADVISORIES", "")
    packages = pinned_packages(PROJECT_FOLDER)
    if not named:
        words = N_(
            "什么也没有查：没有给漏洞库。请用 ADVISORIES 或命令后面的路径指明 OSV 格式的漏洞库"
            "（PyPI 和 npm 各一个压缩包，放在同一个文件夹里）。"
        )
        return _said(UNCHECKED, [say(words)])
    try:
        code, lines = verdict(audit(packages, Path(named)), packages)
    except Unreadable as broken:
        return _said(UNCHECKED, [say(N_("什么也没有查：{place} 不在，或者不是 OSV 格式的漏洞库。"), place=str(broken))])
    return _said(code, lines)


def _said(code: int, lines: Sequence[Sentence]) -> int:
    for line in lines:
        print(f"{line.text('zh')}\n{line.text('en')}", file=sys.stderr if code else sys.stdout)
    return code
