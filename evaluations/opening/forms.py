"""Forms of the opening and the review."""

from __future__ import annotations

from marketplace.kernel.forms import Bound, Field, choice, moment, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import PostedForm

LARGEST_KEY_FILE = 16 * 1024
KEY_FIELDS = [Field("stage", N_("阶段"), choice(("first", "final"))), Field("passphrase", N_("口令"), text(400))]
DECISION_FIELDS = [
    Field("decision", N_("审查结论"), choice(("yes", "no"))),
    Field("reason", N_("理由"), text(2000), is_required=False),
]
STATEMENT_FIELDS = [
    Field("receipt", N_("回执"), text(30)),
    Field("says", N_("您的意见"), choice(("right", "wrong"))),
    Field("words", N_("哪里不对"), text(2000), is_required=False),
]
ROUND_FIELDS = [Field("closes_at", N_("最后报价截止时间"), moment())]


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
