"""Forms of the opening and the review."""

from __future__ import annotations

from collections.abc import Sequence

from evaluations.opening.items import Finding, Item
from marketplace.kernel.forms import Bound, Field, Posted, choice, identifier, moment, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import PostedForm

LARGEST_KEY_FILE = 16 * 1024
KEY_FIELDS = [Field("stage", N_("阶段"), choice(("first", "final"))), Field("passphrase", N_("口令"), text(400))]
STATEMENT_FIELDS = [
    Field("receipt", N_("回执"), text(30)),
    Field("says", N_("您的意见"), choice(("right", "wrong"))),
    Field("words", N_("哪里不对"), text(2000), is_required=False),
]
ROUND_FIELDS = [Field("closes_at", N_("最后报价截止时间"), moment())]


def read_findings(items: Sequence[Item], posted: Posted) -> tuple[Bound, tuple[Finding, ...]]:
    """The findings in the order of the items, with every mistake named; where one is wrong there are none."""
    fields = []
    for number, item in enumerate(items):
        fields += [
            Field(f"item-{number}", item.words, choice(("yes", "no"))),
            Field(f"reason-{number}", N_("理由"), text(1000), is_required=False),
            Field(f"evidence-{number}", N_("证据"), identifier(), is_required=False),
            Field(f"place-{number}", N_("在哪一页"), text(120), is_required=False),
        ]
    bound = parse(fields, posted)
    if not bound.errors:
        found = tuple(
            Finding(
                bound[f"item-{n}"] == "yes", bound[f"reason-{n}"] or "", bound[f"evidence-{n}"],
                bound[f"place-{n}"] or "",
            )
            for n in range(len(items))
        )  # fmt: skip
        return bound, found
    return bound, ()


async def read_key(form: PostedForm) -> tuple[Bound, bytes]:
    """The opener's identity file and passphrase; the passphrase is never given back to the page."""
    bound = parse(KEY_FIELDS, form.texts)
    bound.raw.pop("passphrase", None)
    files = form.files.get("identity", [])
    if not files:
        bound.refuse("identity", N_("请选择您的密钥文件。"))
        return bound, b""
    content = await files[0].read(LARGEST_KEY_FILE + 1)
    if len(content) > LARGEST_KEY_FILE:
        bound.refuse("identity", N_("这个文件太大，不是密钥文件。请选用 marketplace opener new-key 生成的文件。"))
    return bound, content
