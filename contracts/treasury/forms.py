"""Invoices chosen to be approved together."""

from __future__ import annotations

from marketplace.kernel.forms import Field, identifier
from marketplace.kernel.i18n import N_

BATCH = [Field("invoices", N_("要一起审核的发票"), identifier(), is_list=True)]
