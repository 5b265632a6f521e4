"""What the browser makes of an amount in characters is what the service makes of it (R-EVAL-08)."""

from __future__ import annotations

import json
import random
import subprocess
from decimal import Decimal

from marketplace.front_end import build
from marketplace.kernel.capitals import in_capitals, read_capitals

SCRIPT = """
import { readCapitals } from "%s";
let typed = "";
for await (const piece of process.stdin) typed += piece;
const told = (fen) => (fen === null ? null : String(fen));
console.log(JSON.stringify(JSON.parse(typed).map((each) => told(readCapitals(each)))));
"""
WRITTEN = (
    "人民币：肆拾捌万元整", "四十八万", "48万", "拾伍元", "壹佰零叁元伍角", "伍分", "三分", "元", "整", "",
    "零元整", "两百元正", "壹贰元", "一亿二万", "万亿", "叁拾 万 圆整", "伍角叁", "壹万万",
    "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
)  # fmt: skip


def test_R_EVAL_08_browser_and_service_read_the_same_amount_in_characters() -> None:
    drawn = random.Random(20260316)
    amounts = [Decimal(drawn.randrange(10 ** drawn.randint(1, 14))).scaleb(-2) for _ in range(400)]
    whole = [in_capitals(each) for each in amounts]
    # a character lost on the way makes another amount, or none
    said = [*WRITTEN, *whole, *(each[: (at := drawn.randrange(len(each)))] + each[at + 1 :] for each in whole)]
    place = (build.FRONT_END / "js" / "sealing" / "capitals.js").as_uri()
    node = (build.find_tools() or build.bring_node()).node
    ran = subprocess.run(
        [node, "--input-type=module", "-e", SCRIPT % place], input=json.dumps(said), capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    read = [None if fen is None else Decimal(fen).scaleb(-2) for fen in json.loads(ran.stdout)]
    assert dict(zip(said, read, strict=True)) == {each: read_capitals(each) for each in said}
