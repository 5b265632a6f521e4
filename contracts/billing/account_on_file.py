"""An invoice is paid to the account of the provider's file, unless it names another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts.agreements.queries import contract_facts
from marketplace.accounts.actor import Actor
from marketplace.gateways.treasury_files import mask_account
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, say
from vendors.registration.queries import account_of


async def account_on_file(provider: UUID) -> dict[str, Any] | None:
    """The account of the provider's file as its form may show it: the number masked."""
    account = await account_of(provider)
    return {"bank": account["bank"], "masked": mask_account(account["number"])} if account else None


async def fill_from_file(form: Bound, reference: str, actor: Actor) -> None:
    """Take bank and number from the file where the form leaves both empty. Raises FormRefused, NotFound."""
    if form["bank"] and form["bank_account"]:
        return
    contract = await contract_facts(reference, visible_to=actor)
    account = None if form["bank"] or form["bank_account"] else await account_of(contract["provider"])
    if account is None:
        words = say(N_("请填写开户银行和账号，或者两项都不填，用本机构资料里的收款账号。"))
        raise FormRefused({"bank_account" if form["bank"] else "bank": words})
    form.values |= {"bank": account["bank"], "bank_account": account["number"]}
