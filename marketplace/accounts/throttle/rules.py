"""How long somebody who guesses has to wait."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

WINDOW = timedelta(minutes=30)  # older failures are forgotten
FREE_FOR_A_NAME = 5
FREE_FOR_AN_ADDRESS = 40  # an office of forty people behind one address
UNDER_WAY = timedelta(seconds=30)  # a try not answered by then was lost with its process
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(minutes=10)


class TooManyTries(DomainError):
    """The next try comes too soon."""

    status_code = 429


def network_of(address: str) -> str:
    """What is counted as one place: the address; of IPv6 its /64, within which one machine takes any it likes."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found), 64), strict=False))


def wait_after(failures: int, free: int) -> timedelta:
    """The wait doubles with each failure beyond the free ones; its bound keeps strangers from shutting people out."""
    beyond = failures - free
    return timedelta(0) if beyond < 0 else min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(beyond, 10))


def check_may_try(name: tuple[int, timedelta], address: tuple[int, timedelta], under_way: int = 0) -> None:
    """Each is the number of failures and how long ago the last one was. Raises TooManyTries.

    `under_way`: tries from the same address that are not answered yet, each of which may fail: of a burst over many
    names no more are heard than of as many in turn. An office whose people all sign in at once waits a moment only.
    """
    left = max(
        wait_after(name[0], FREE_FOR_A_NAME) - name[1],
        wait_after(address[0], FREE_FOR_AN_ADDRESS) - address[1],
    )
    if left > timedelta(0):
        seconds = int(left.total_seconds()) + 1
        words = N_("试的次数太多。请过 {seconds} 秒再试；忘了密码或者丢了邀请码，请联系本单位的负责人或者系统管理员。")
        raise TooManyTries(words, seconds=seconds)
    if address[0] + under_way >= FREE_FOR_AN_ADDRESS and under_way:
        raise TooManyTries(N_("同一个网络正有很多人同时登录。请过几秒再试。"))
