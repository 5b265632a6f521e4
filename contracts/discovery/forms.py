"""What is asked of a lead, of its end, and of a sweep."""

from __future__ import annotations

from contracts.cases.codes import text_without_people
from contracts.discovery.rules import ABOUT_LABELS, CLOSE_LABELS, ENTERED
from marketplace.kernel.forms import Field, choice, identifier, text, whole_number
from marketplace.kernel.i18n import N_

_PLACE = Field("village", N_("村（社区）"), text_without_people(80))
# encrypted, so that a telephone number may stand in it
_TOLD = Field("told", N_("看到、听到的困难"), text(500))
_ABOUT = Field("about", N_("说的是谁"), choice(list(ABOUT_LABELS)))
ENTRY = [
    Field("channel", N_("从哪条渠道来"), choice(list(ENTERED))), _ABOUT, _PLACE, _TOLD,
    Field("contact", N_("怎样联系"), text(80), is_required=False),
]  # fmt: skip
PUBLIC_TIP = [
    Field("town", N_("哪个镇（街道）"), identifier()), _PLACE, _ABOUT, _TOLD,
    Field("contact", N_("怎样联系您"), text(80), is_required=False),
]  # fmt: skip
CLOSING = [Field("close_kind", N_("为什么不登记个案"), choice(list(CLOSE_LABELS)))]
_HOUSEHOLDS = whole_number(0, 100_000)
VILLAGE = [
    _PLACE,
    Field("permanent", N_("常住人口的户数"), _HOUSEHOLDS),
    Field("permanent_visited", N_("其中走访了"), _HOUSEHOLDS),
    Field("serviced", N_("服务人口的户数"), _HOUSEHOLDS),
    Field("serviced_visited", N_("其中走访了"), _HOUSEHOLDS),
]
FINISH = [Field("finish_note", N_("没有走访的，为什么"), text_without_people(300), is_required=False)]
