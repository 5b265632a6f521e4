"""Which field of the product stands under which heading of another system's file, as a setting says it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from marketplace.kernel.characters import narrowed
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

LONGEST_HEADING = 40
# the wide forms too: a Chinese spreadsheet takes them for the same signs
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def read_map(variable: str, setting: str, usual: Mapping[str, str]) -> dict[str, str]:
    """Names and headings in the order of a setting such as `amount=支付金额;outcome`; a name alone has the usual one.

    `variable` is the setting's name, for the refusal. Raises DomainError, which says what is wrong and the way out.
    """
    found: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in setting.replace("；", ";").split(";"))):
        typed, sign, heading = part.replace("＝", "=", 1).partition("=")
        name, heading = narrowed(typed).strip().lower(), heading.strip()
        if name not in usual:
            words = N_(
                "设置 {variable} 里的“{part}”看不懂：没有字段“{name}”。可以写的字段：{names}。"
                "请系统管理员改好设置并重新启动。"
            )
            raise DomainError(words, variable=variable, part=part, name=name, names=_listed(usual, usual))
        if name in found:
            words = N_("设置 {variable} 里字段“{name}”写了两次。请系统管理员删去一处并重新启动。")
            raise DomainError(words, variable=variable, name=name)
        if sign and not heading:
            words = N_(
                "设置 {variable} 里字段“{name}”的列名是空的。"
                "请系统管理员写上列名，或者只写字段名，用通常的列名，并重新启动。"
            )
            raise DomainError(words, variable=variable, name=name)
        found[name] = heading or usual[name]
    check_headings(variable, found)
    return found


def check_headings(variable: str, fields: Mapping[str, str]) -> None:
    """Each heading can be read and told from the others. Raises DomainError."""
    seen: set[str] = set()
    for heading in fields.values():
        if len(heading) > LONGEST_HEADING or heading.startswith(FORMULA_STARTS) or not heading.isprintable():
            words = N_(
                "设置 {variable} 里的列名“{heading}”不能用：最多 {most} 个字，不能以等号、加减号或者 @ 开头。"
                "请系统管理员改名并重新启动。"
            )
            raise DomainError(words, variable=variable, heading=heading[:LONGEST_HEADING], most=LONGEST_HEADING)
        if heading in seen:
            words = N_("设置 {variable} 里有两列都叫“{heading}”，国库分不清。请系统管理员给其中一列改名并重新启动。")
            raise DomainError(words, variable=variable, heading=heading)
        seen.add(heading)


def check_complete(variable: str, fields: Mapping[str, str], needed: Collection[str], usual: Mapping[str, str]) -> None:
    """What the file cannot do without is in it. Raises DomainError."""
    missing = [name for name in needed if name not in fields]
    if missing:
        words = N_(
            "设置 {variable} 里缺少字段：{names}。没有它们，国库付不了款，结果也对不上。"
            "请系统管理员补上并重新启动。"
        )
        raise DomainError(words, variable=variable, names=_listed(missing, usual))


def _listed(names: Collection[str], usual: Mapping[str, str]) -> str:
    return "、".join(f"{name}（{usual[name]}）" for name in names)
