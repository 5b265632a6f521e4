"""Which Chinese words an English page may show: what people typed, who they are, and what the law calls things."""

from __future__ import annotations

import re
from collections.abc import Iterable

from marketplace.demo.cast import CAST, OFFICES
from marketplace.demo.county.people import PROVIDERS, ROSTERS
from marketplace.kernel.i18n import english_messages
from marketplace.kernel.settings import PROJECT_FOLDER

CHINESE = re.compile(r"[\u4e00-\u9fff]+")
SOURCES = ("marketplace/rulebook/*.toml", "catalogue/items/*.toml", "marketplace/demo/notices.py")
# the switch names the other language in that language; the lines of a certificate are kept as they were signed
AS_WRITTEN = ("中文", "付款节点凭据")
CAPITALS = frozenset("人民币零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整")  # an amount in capitals, as contracts have it
# how an office numbers its documents, also where a hint gives an example
DOCUMENT_NUMBER = re.compile(r"[\u4e00-\u9fff]+〔\d{4}〕\d+号")
FILE_NAME = re.compile(r".*\.(pdf|docx|xlsx|csv|json|png|jpg)")


def words_of_data(typed: Iterable[str]) -> str:
    """Everything that is data, in one text to look words up in."""
    people = [member.name for member in CAST] + [name for _, name, _ in OFFICES.values()]
    people += [name for _, workers in ROSTERS for name, *_ in workers]
    providers = [word for row in PROVIDERS for word in row if isinstance(word, str)]
    files = [path.read_text() for pattern in SOURCES for path in sorted(PROJECT_FOLDER.glob(pattern))]
    return "\n".join([*typed, *people, *providers, *files, *AS_WRITTEN])


def untranslated(text: str, data: str) -> list[str]:
    """The Chinese words of a text on an English page that are no data, or that have their English."""
    if FILE_NAME.fullmatch(text):
        return []
    if text in english_messages() and text not in data:
        return [text]
    text = DOCUMENT_NUMBER.sub("", text)
    return [found for found in CHINESE.findall(text) if found not in data and not set(found) <= CAPITALS]
