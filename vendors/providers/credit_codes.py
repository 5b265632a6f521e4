"""The unified social credit code: 18 characters with a check digit, whose beginning tells the legal form.

The check digit comes from python-stdnum; its own validator refuses codes that begin with a letter, such as those of
rural collective economic organisations (N1), so the shape is checked here.
"""

from __future__ import annotations

import random
import re

from stdnum.cn import uscc

from catalogue.items.rules import LegalForm
from marketplace.kernel.forms import Wrong
from marketplace.kernel.i18n import N_

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SHAPE = re.compile(r"^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$")
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_INSTITUTIONS = frozenset(
    {LegalForm.PUBLIC_INSTITUTION_1, LegalForm.PUBLIC_INSTITUTION_2, LegalForm.PUBLIC_INSTITUTION_BUSINESS}
)
_ENTERPRISE = frozenset({LegalForm.ENTERPRISE})
# who registered the body, by the first two characters; what is not listed here is not refused
LEGAL_FORMS_BY_START: dict[str, frozenset[LegalForm]] = {
    "12": _INSTITUTIONS,
    "51": frozenset({LegalForm.SOCIAL_GROUP}),
    "52": frozenset({LegalForm.PRIVATE_NON_ENTERPRISE}),
    "53": frozenset({LegalForm.FOUNDATION}),
    "91": _ENTERPRISE,
    "92": _ENTERPRISE,
    "93": _ENTERPRISE,
}
_START_OF: dict[LegalForm, str] = {
    form: start for start, forms in reversed(LEGAL_FORMS_BY_START.items()) for form in forms
}


def read_credit_code(typed: str) -> str:
    """The code in capitals without spaces. Raises Wrong: the length, a character or the check digit is not right."""
    code = re.sub(r"[\s-]", "", typed).upper()
    if len(code) != LENGTH:
        raise Wrong(N_("统一社会信用代码是 18 位，现在有 {count} 位。请对照登记证书重新填写。"), count=len(code))
    for place, character in enumerate(code, start=1):
        if character not in ALPHABET:
            raise Wrong(
                N_("第 {place} 位“{character}”不会出现在统一社会信用代码里（不用字母 I、O、S、V、Z）。请核对这一位。"),
                place=place,
                character=character,
            )
    if not _SHAPE.match(code):
        raise Wrong(N_("第 3 到第 8 位是登记机关的行政区划，只能是数字。请核对这几位。"))
    if uscc.calc_check_digit(code[:-1]) != code[-1]:
        raise Wrong(N_("校验位不对，说明有一位填错了。请对照登记证书逐位核对，留意 0 和 D、1 和 7、8 和 B。"))
    return code


def expected_legal_forms(code: str) -> frozenset[LegalForm] | None:
    """The legal forms a code with this beginning may have; None where the beginning tells nothing."""
    return LEGAL_FORMS_BY_START.get(code[:2])


def fresh_credit_code(seed: int | str, legal_form: LegalForm | str = LegalForm.PRIVATE_NON_ENTERPRISE) -> str:
    """A valid made-up code for demos and tests; the same seed and form give the same code.

    The organisation part begins with MJ as those of social organisations do, or MA for others, registered in 510121.
    """
    form = LegalForm(legal_form)
    letters = random.Random(f"{seed}:{form}")  # noqa: S311 - made-up codes are no secret
    start = _START_OF[form]
    head = "MJ" if start.startswith("5") else "MA"
    organisation = head + "".join(letters.choice(ALPHABET) for _ in range(6))
    body = f"{start}510121{organisation}{_organisation_check_digit(organisation)}"
    return body + str(uscc.calc_check_digit(body))


def _organisation_check_digit(organisation: str) -> str:
    """The ninth character of an organisation code (GB 11714)."""
    total = sum(int(c, 36) * weight for c, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]
