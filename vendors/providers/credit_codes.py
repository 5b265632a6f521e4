"""The unified social credit code: 18 characters with a check digit, whose beginning tells the legal form.

The check digit comes from python-stdnum; its own validator refuses codes that begin with a letter, such as those of
rural collective economic organisations (N1), so the shape is checked here.
"""

from __future__ import annotations

import random
import re

from stdnum.cn import uscc

from catalogue.items.rules import LegalForm
from marketplace.kernel.characters import narrowed
from marketplace.kernel.forms import Wrong
from marketplace.kernel.i18n import N_

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SHAPE = re.compile(r"^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$")
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

INSTITUTIONS = frozenset(
    {
        LegalForm.PUBLIC_INSTITUTION_1, LegalForm.PUBLIC_INSTITUTION_2, LegalForm.PUBLIC_INSTITUTION_BUSINESS,
        LegalForm.PUBLIC_INSTITUTION_PENDING,
    }
)  # fmt: skip
_SECTOR = frozenset({LegalForm.SECTOR_BODY})
_SELF_GOVERNING = frozenset({LegalForm.SELF_GOVERNING})
_RURAL = frozenset({LegalForm.RURAL_COLLECTIVE})
_ENTERPRISE = frozenset({LegalForm.ENTERPRISE})
# who registered the body, by the first two characters; what is not listed here (such as A1 and Y1) is not refused
LEGAL_FORMS_BY_START: dict[str, frozenset[LegalForm]] = {
    "12": INSTITUTIONS,
    "13": frozenset({LegalForm.MASS_ORGANISATION, LegalForm.EXEMPT_BODY}),
    **dict.fromkeys(("31", "32", "33", "34", "35", "39"), _SECTOR),
    "51": frozenset({LegalForm.SOCIAL_GROUP}),
    "52": frozenset({LegalForm.PRIVATE_NON_ENTERPRISE}),
    "53": frozenset({LegalForm.FOUNDATION}),
    "54": _SELF_GOVERNING,
    "55": _SELF_GOVERNING,
    "91": _ENTERPRISE,
    "92": _ENTERPRISE,
    "93": _ENTERPRISE,
    **dict.fromkeys(("N1", "N2", "N3", "N9"), _RURAL),
}
_START_OF: dict[LegalForm, str] = {
    form: start for start, forms in reversed(LEGAL_FORMS_BY_START.items()) for form in forms
} | {LegalForm.OTHER_BODY: "Y1"}
# characters that are taken for each other on a certificate
_ALIKE = tuple(
    frozenset(pair) for pair in ("0D", "0Q", "1T", "17", "8B", "5S", "2Z", "6G", "UW", "MN", "EF", "PR", "CG")
)
_ORGANISATION_PART = range(8, 17)


def read_credit_code(typed: str) -> str:
    """The code in capitals without spaces; full-width is understood. Raises Wrong: length, a character, check digit."""
    code = re.sub(r"[\s-]", "", narrowed(typed)).upper()
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
        raise _wrong_character(code)
    return code


def _wrong_character(code: str) -> Wrong:
    """Which character is wrong, as far as the code's two check digits tell."""
    if (place := _misread_place(code)) is not None:
        return Wrong(
            N_("校验位不对：第 {place} 位很可能应当是“{right}”，现在是“{found}”。请对照登记证书核对这一位。"),
            place=place + 1, right=_right_character(code, place), found=code[place],
        )  # fmt: skip
    if not _organisation_part_is_right(code):
        return Wrong(N_("校验位不对：错在第 9 到第 17 位（组织机构代码）里。请对照登记证书逐位核对这九位。"))
    return Wrong(
        N_(
            "校验位不对：按前 17 位推算，第 18 位应当是“{right}”，现在是“{found}”。"
            "第 18 位没有错的话，是前 8 位填错了一位。"
        ),
        right=uscc.calc_check_digit(code[:-1]), found=code[-1],
    )  # fmt: skip


def _misread_place(code: str) -> int | None:
    """The one place where a character that looks alike makes both check digits right."""
    found = [
        place
        for place in range(LENGTH - 1)
        if frozenset((code[place], _right_character(code, place) or "")) in _ALIKE
        and _organisation_part_is_right(code[:place] + str(_right_character(code, place)) + code[place + 1 :])
        and _SHAPE.match(code[:place] + str(_right_character(code, place)) + code[place + 1 :])
    ]
    return found[0] if len(found) == 1 else None


def _right_character(code: str, place: int) -> str | None:
    """The character at this place with which the code's check digit is right; 31 is prime, so there is one at most."""
    for character in ALPHABET:
        changed = code[:place] + character + code[place + 1 :]
        if uscc.calc_check_digit(changed[:-1]) == changed[-1]:
            return character
    return None


def _organisation_part_is_right(code: str) -> bool:
    part = code[_ORGANISATION_PART.start : _ORGANISATION_PART.stop]
    return _organisation_check_digit(part[:-1]) == part[-1]


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
