"""What is asked about a social worker."""

from __future__ import annotations

from marketplace.kernel.forms import Field, choice, day, text
from marketplace.kernel.i18n import N_
from vendors.providers.forms import proper_name
from vendors.workers.rules import Level

WORKER = [
    Field("name", N_("姓名"), proper_name(80)),
    Field("certificate_level", N_("证书等级"), choice([level.value for level in Level])),
    Field("certificate_number", N_("证书编号"), text(40), is_required=False),
    Field("registered_on", N_("登记日期"), day(), is_required=False),
    Field("certificate_until", N_("登记有效期至"), day(), is_required=False),
    Field("employed_from", N_("入职日期"), day()),
]

ACCOUNT = [
    Field("username", N_("用户名"), text(80)),
    Field("password", N_("初始密码"), text(200)),
]

END = [Field("employed_to", N_("离职日期"), day())]
