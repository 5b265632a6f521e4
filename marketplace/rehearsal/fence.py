"""What a rehearsal refuses: everything that other programs or the public would take for the county's own word."""

from __future__ import annotations

from typing import Any

from litestar import Request

from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_

FEEDS = ("/data", "/api", "/subscribe", "/subscriptions")
FEED_ENDINGS = (".atom", ".ics")
BANK_FILE = "/pay-file/whole"


def is_feed(path: str) -> bool:
    """Whether an address belongs to the public data: what is fetched by programs and kept elsewhere."""
    return path.endswith(FEED_ENDINGS) or any(path == root or path.startswith(f"{root}/") for root in FEEDS)


def keep_in(request: Request[Any, Any, Any]) -> None:
    """Asked before each request of a rehearsal. Raises Forbidden for the public data and the file a bank would pay."""
    if request.scope["path"].endswith(BANK_FILE):
        raise Forbidden(N_("这里是演练，不生成给银行和国库付款用的文件。请回到演练的步骤。"))
    if is_feed(request.scope["path"]):
        raise Forbidden(N_("这里是演练，不是公开数据：没有数据文件、接口和订阅。请回到演练的步骤。"))
