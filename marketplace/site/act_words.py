"""What an audit entry says it did, in words a person reads."""

from marketplace.kernel.i18n import N_, translate

ACT_WORDS: dict[str, str] = {
    "person.account_opened": N_("开立账号"),
    "organisation.opened": N_("登记单位"),
    "opener.key_registered": N_("登记开标公钥"),
}


def act_words(act: str) -> str:
    """The words for an act; the act's own name where none are written."""
    return translate(ACT_WORDS[act]) if act in ACT_WORDS else act
