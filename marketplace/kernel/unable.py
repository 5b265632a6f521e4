"""What a reader is told when the machine cannot: a full disk, too many people, a database or a store that is away."""

from __future__ import annotations

import errno

import asyncpg

from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.pool import DatabaseAway, NoConnectionFree
from marketplace.kernel.safe_engine import has_kept_something

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
RETRY_AFTER = 30  # seconds that a program should wait before it asks again

FULL = N_("存放资料的磁盘满了，没有保存任何东西。请告诉系统管理员腾出空间，然后再做一次。")
BUSY = N_("现在用的人太多，系统忙不过来，没有保存任何东西。请过一分钟再试。")
STORE = N_("存放文件的地方暂时没有回答，没有保存任何东西。请过几分钟再试。")
AWAY = N_("系统的数据库暂时没有回答。请过一分钟，先看看刚才做的事有没有保存，再决定要不要重做。")
HALFWAY = N_("系统做到一半停了下来，一部分可能已经保存。请过一分钟，先看看刚才做的事有没有保存，再决定要不要重做。")


GONE = N_(
    "这里登记的一份文件，内容在存放的地方找不到了（哈希值 {sha256}）。登记和留痕还在，没有保存任何新的东西。"
    "请把这个哈希值告诉系统管理员：运行 marketplace verify documents 可以看到缺了哪些文件，然后从备份恢复。"
)


class StoreAway(Exception):
    """The place where documents lie refused, or did not answer in time."""


class ContentGone(FileNotFoundError):
    """A row tells of a document whose bytes are not in the store; `sha256` is their hash."""

    def __init__(self, key: str) -> None:
        self.sha256 = key.rpartition("/")[2]
        super().__init__(key)


# asyncpg calls its own state wrong where the line breaks between two steps of a question
BROKEN = (
    asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InternalClientError, DatabaseAway,
)  # fmt: skip


def has_no_room(error: BaseException) -> bool:
    """Whether something could not be written because there was no room."""
    return isinstance(error, asyncpg.DiskFullError) or (isinstance(error, OSError) and error.errno in NO_ROOM)


def unable(error: BaseException) -> tuple[int, Sentence] | None:
    """The status and the words of what the machine cannot do now; None for every other error."""
    # what was committed before it failed is saved: nobody is told that nothing was
    halfway = HALFWAY if has_kept_something() else None
    if has_no_room(error):
        return 507, say(halfway or FULL)
    if isinstance(error, NoConnectionFree | asyncpg.TooManyConnectionsError):
        return 503, say(halfway or BUSY)
    if isinstance(error, StoreAway):
        return 503, say(halfway or STORE)
    if isinstance(error, ContentGone):
        return 503, say(halfway) if halfway else say(GONE, sha256=error.sha256)
    # a line that broke may have broken after the commit: nobody is told that nothing was saved
    if isinstance(error, BROKEN) and not isinstance(error, asyncpg.QueryCanceledError):
        return 503, say(AWAY)
    return None
