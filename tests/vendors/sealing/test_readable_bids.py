"""The page that seals in the browser lets nothing through that the opening could not read."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from marketplace.front_end import build
from vendors.bids.consortium import from_json
from vendors.bids.contents import LARGEST_TEXT, LARGEST_WORDS
from vendors.bids.papers import LARGEST_NAME
from vendors.bids.strangers import ContentsBroken, a_text

SCRIPT = """
import { filesOf, textMistakes } from "%s/readable.js";
import { stampMistakes } from "%s/stamped.js";
let told = "";
for await (const piece of process.stdin) told += piece;
const { bids, plan } = JSON.parse(told);
console.log(JSON.stringify(bids.map((bid) => {
  const refused = [];
  const refuse = (name, word) => refused.push([name, word]);
  stampMistakes(bid, refuse);
  textMistakes(bid, plan, refuse);
  return { files: filesOf(bid).map((file) => file.name), refused };
})));
"""
PLAN = {
    "longest_text": LARGEST_TEXT, "longest_name": LARGEST_NAME, "longest_words": LARGEST_WORDS, "asks_price": True,
    "quantity": "2",
}  # fmt: skip
PLAIN: dict[str, Any] = {
    "isFirst": True, "files": [{"name": "方案.pdf"}], "proof": None, "agreement": None, "past": "none", "buyer": "",
    "qualification": "", "technical": "", "members": [], "subcontract": None, "priceWords": "",
    "stamped": {"paper": "", "kind": ""},
}  # fmt: skip


def in_the_browser(*changed: dict[str, Any]) -> list[dict[str, Any]]:
    """What the page's own script says of these bids."""
    place = (build.FRONT_END / "js" / "sealing").as_uri()
    node = (build.find_tools() or build.bring_node()).node
    ran = subprocess.run(
        [node, "--input-type=module", "-e", SCRIPT % (place, place)], capture_output=True, text=True, timeout=60,
        input=json.dumps({"bids": [PLAIN | each for each in changed], "plan": PLAN}), check=True,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found


def test_R_RECORD_01_only_a_file_that_is_sealed_can_be_named_as_the_sealed_one() -> None:
    proof = {"proof": {"name": "证明.pdf"}, "stamped": {"paper": "证明.pdf", "kind": "stamped"}}
    none, other, gone = in_the_browser(
        proof, proof | {"past": "other"}, {"stamped": {"paper": "换掉的.pdf", "kind": "signed"}}
    )
    assert none == {"files": ["方案.pdf"], "refused": [["seal_paper", "seal_gone"]]}
    assert other == {"files": ["方案.pdf", "证明.pdf"], "refused": []}
    assert gone["refused"] == [["seal_paper", "seal_gone"]]


TEXTS = ["长" * LARGEST_TEXT, "长" * (LARGEST_TEXT + 1), "𠮷" * LARGEST_TEXT, "a\x00b", "\ud800", "一\n二\u200b", ""]
NAMES = ["名" * LARGEST_NAME, "名" * (LARGEST_NAME + 1), "a\x07b", "\udfff", "中心\u200b", "全\u3000名"]


def reads(read: Any, *told: Any) -> bool:
    try:
        read(*told)
    except (ContentsBroken, ValueError):
        return False
    return True


def test_texts_that_no_opening_reads_are_refused_before_they_are_sealed_and_no_others() -> None:
    said = in_the_browser(*({"technical": each} for each in TEXTS))
    assert [not each["refused"] for each in said] == [reads(a_text, each, "", LARGEST_TEXT) for each in TEXTS]
    said = in_the_browser(*({"members": [{"number": 1, "name": each}]} for each in NAMES))
    one = {"credit_code": "91510121MJX0000016", "share": "30"}
    members = [{"agreement": "协议\u3000.pdf", "members": [one | {"name": each}]} for each in NAMES]
    assert [not each["refused"] for each in said] == [reads(from_json, each) for each in members]
    assert [not each["refused"] for each in said] == [True, False, False, False, True, True]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"qualification": "长" * (LARGEST_TEXT + 1)}, "qualification_text"),
        ({"past": "other", "buyer": "长" * (LARGEST_NAME + 1)}, "past_buyer"),
        ({"subcontract": {"name": "a\x00"}}, "sub_name"), ({"priceWords": "零" * (LARGEST_WORDS + 1)}, "price_words"),
    ],
)  # fmt: skip
def test_every_field_that_is_typed_is_looked_at(changed: dict[str, Any], field: str) -> None:
    (said,) = in_the_browser(changed)
    assert said["refused"] == [[field, "unreadable"]]
