"""`marketplace demo accounts`: the demo county's user names, roles, password and one-time-code secrets, as JSON."""

from __future__ import annotations

import json
import sys

from marketplace.accounts.permissions import Role, needs_second_factor
from marketplace.demo.cast import CAST, OFFICES, PASSWORD, Member, demo_secret
from marketplace.demo.county.people import PROVIDERS, ROSTERS
from marketplace.kernel.i18n import N_

PROVIDER_DUTY = N_("投标，签订合同，开具发票")
WORKER_DUTY = N_("用手机记录服务")


def sign_in_list() -> list[dict[str, str]]:
    """User name, person and duty of every demo account, for the sign-in page."""
    listed = [{"username": m.username, "name": m.name, "duty": m.duty} for m in CAST]
    listed += [
        {"username": user, "name": f"{head} · {name}", "duty": PROVIDER_DUTY}
        for name, _, _, head, _, user, _ in PROVIDERS
    ]
    return listed + [
        {"username": user, "name": name, "duty": WORKER_DUTY} for _, workers in ROSTERS for name, user, _, _ in workers
    ]


def accounts() -> list[dict[str, object]]:
    """Everybody who may sign in to the demo county."""
    people: list[dict[str, object]] = [
        {
            "username": m.username,
            "name": m.name,
            "organisation": OFFICES[m.office][1],
            "roles": [r.value for r in m.roles],
            "password": PASSWORD,
            **_second_factor(m),
        }
        for m in CAST
    ]
    people += [
        {"username": user, "name": head, "organisation": name, "roles": [Role.PROVIDER.value], "password": PASSWORD}
        for name, _, _, head, _, user, _ in PROVIDERS
    ]
    people += [
        {
            "username": user, "name": name, "organisation": employer[0], "roles": [Role.SOCIAL_WORKER.value],
            "password": PASSWORD,
        }
        for employer, workers in ROSTERS
        for name, user, _, _ in workers
    ]  # fmt: skip
    return people


def _second_factor(member: Member) -> dict[str, str]:
    # for any authenticator, or `pyotp.TOTP(secret).now()`
    if not needs_second_factor(frozenset(member.roles)):
        return {}
    return {"one_time_code_secret": demo_secret(member.username)}


def main(argv: list[str]) -> int:
    """Print the accounts; takes no arguments."""
    if argv:
        print("marketplace demo accounts takes no arguments.", file=sys.stderr)
        return 2
    print(json.dumps(accounts(), ensure_ascii=False, indent=1))
    return 0
