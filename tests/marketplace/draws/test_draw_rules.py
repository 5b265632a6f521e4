"""The procedure of a draw, and a second one written from docs/draws.md alone that has to agree."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import subprocess
from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from marketplace.kernel.db import fetchval
from marketplace.kernel.draws.file import draw_file, first_difference
from marketplace.kernel.draws.rules import Candidate, check_candidates, clean_words, frozen_list, lots_in_order, seed_of
from marketplace.kernel.errors import DomainError
from marketplace.verify_draw_command import main

SECRET, CHAIN = "5e" * 32, "c4" * 32
EIGHT = [Candidate(f"5251012{n}", f"第{n}家社会工作服务中心") for n in range(8)]


def a_file(dice: random.Random | None = None, words: tuple[str, ...] = ("7 2 9", "大雪")) -> dict[str, Any]:
    """The file of a draw; with dice, of a random one."""
    if dice is None:
        candidates, take, secret, chain = EIGHT, 3, SECRET, CHAIN
    else:
        keys = dice.sample(range(10_000), dice.randint(1, 12))
        candidates = [Candidate(f"K{key}", f"甲乙丙丁{key} 中心") for key in keys]
        take = dice.randint(1, len(candidates))
        secret, chain = f"{dice.getrandbits(256):064x}", f"{dice.getrandbits(256):064x}"
        words = tuple(f"{dice.choice('春夏秋冬')} {dice.randint(0, 999)}" for _ in range(dice.randint(1, 3)))
    frozen = frozen_list("CQ-2026-0001", "JT-2026-0012 抽取受邀请的供应商", take, candidates, secret)
    present = [{"name": f"第{i}人", "words": word} for i, word in enumerate(words)]
    return draw_file(frozen, {"stream": "main", "position": 41, "hash": chain}, present)


def drawn_by_hand(file: dict[str, Any]) -> tuple[str, str, list[str]]:
    """Commitment, seed and those drawn, by the steps of docs/draws.md; shares nothing with the service."""

    def sha256(lines: list[str]) -> str:
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    listed = [one["key"] + " " + one["name"] for one in sorted(file["candidates"], key=lambda one: one["key"])]
    count = str(file["take"]) + " of " + str(len(listed))
    commitment = sha256(["marketplace draw 1", file["reference"], file["subject"], count, file["secret"], *listed])
    said = [one["words"] for one in file["present"]]
    seed = sha256(["marketplace draw 1", commitment, file["secret"], file["chain"]["hash"], *said])
    lots = {sha256([seed + " " + one["key"]]): one["key"] for one in file["candidates"]}
    return commitment, seed, [lots[lot] for lot in sorted(lots)][: file["take"]]


def test_a_second_implementation_agrees_on_five_thousand_random_draws() -> None:
    dice = random.Random(20261126)  # noqa: S311 - a test's dice
    for _ in range(5000):
        file = a_file(dice)
        assert drawn_by_hand(file) == (file["commitment"], file["seed"], file["drawn"])
        assert first_difference(file) is None


async def test_postgresql_draws_the_same_from_the_seed(db: Any) -> None:
    dice = random.Random(7)  # noqa: S311
    files = [a_file(dice) for _ in range(1000)]
    drawn = await fetchval(
        """
        SELECT jsonb_agg(d.drawn ORDER BY d.nr) FROM (
          SELECT f.nr, (SELECT jsonb_agg(o.key) FROM (
            SELECT c->>'key' AS key FROM jsonb_array_elements(f.file->'candidates') c
            ORDER BY sha256(convert_to(f.file->>'seed' || ' ' || (c->>'key'), 'UTF8'))
            LIMIT (f.file->>'take')::int) o) AS drawn
          FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS f(file, nr)) d
        """,
        json.dumps(files),
    )
    assert json.loads(drawn) == [file["drawn"] for file in files]


def test_a_reader_with_sha256sum_and_sort_draws_the_same(tmp_path: Path) -> None:
    file = a_file()
    lines = ["marketplace draw 1", file["commitment"], file["secret"], file["chain"]["hash"], "7 2 9", "大雪"]
    (tmp_path / "seed.txt").write_bytes("\n".join(lines).encode())

    def sha256sum(name: str) -> str:
        asked = ["sha256sum", name]
        return subprocess.run(asked, cwd=tmp_path, capture_output=True, check=True, text=True).stdout[:64]

    seed = sha256sum("seed.txt")
    lots = []
    for each in EIGHT:
        (tmp_path / "lot.txt").write_bytes(f"{seed} {each.key}".encode())
        lots.append(f"{sha256sum('lot.txt')} {each.key}")
    assert [line[65:] for line in sorted(lots)][:3] == file["drawn"]


def test_the_worked_example_of_the_document_is_a_true_draw() -> None:
    document = (Path(__file__).parents[3] / "docs" / "draws.md").read_text("utf-8")
    file = json.loads(document.split("```json\n")[1].split("```")[0])
    assert first_difference(file) is None
    frozen, seed = (document.split(f"<!-- {name} -->\n```\n")[1].split("\n```")[0] for name in ("frozen", "seed"))
    assert hashlib.sha256(frozen.encode()).hexdigest() == file["commitment"]
    assert hashlib.sha256(seed.encode()).hexdigest() == file["seed"]
    for lot in file["lots"]:
        assert f"{lot['lot']} {lot['key']}" in document


def test_every_candidate_and_every_order_comes_equally_often() -> None:
    four = [Candidate(key, key) for key in "ABCD"]
    rounds = 24_000
    orders = Counter(
        "".join(lot.candidate.key for lot in lots_in_order(seed_of("a" * 64, SECRET, CHAIN, [str(n)]), four))
        for n in range(rounds)
    )
    expected = rounds / 24
    chi_square = sum((orders["".join(order)] - expected) ** 2 / expected for order in permutations("ABCD"))
    # 23 degrees of freedom: a fair draw stays under 49.7 in 999 of 1000 tries; the numbers here are fixed
    assert chi_square < 49.7
    first = Counter(order[0] for order in orders.elements())
    assert all(abs(first[key] - rounds / 4) < 4 * (rounds * 3 / 16) ** 0.5 for key in "ABCD")


def test_what_is_typed_first_has_no_better_place() -> None:
    shuffled = random.Random(1).sample(EIGHT, 8)  # noqa: S311
    assert frozen_list("CQ", "x", 3, EIGHT, SECRET) == frozen_list("CQ", "x", 3, shuffled, SECRET)


def test_the_secret_keeps_the_list_from_being_guessed_and_the_words_decide_the_seed() -> None:
    assert frozen_list("CQ", "x", 3, EIGHT, SECRET).commitment != frozen_list("CQ", "x", 3, EIGHT, "5f" * 32).commitment
    assert a_file(words=("7 2 9", "大雪"))["seed"] != a_file(words=("7 2 8", "大雪"))["seed"]


@pytest.mark.parametrize(
    ("candidates", "take", "said"),
    [
        ([], 1, "空的"),
        (EIGHT, 0, "空的"),
        (EIGHT, 9, "要抽 9 个"),
        ([*EIGHT, EIGHT[3]], 3, "机会就不均等"),
        ([Candidate("", "甲")], 1, "没有编号"),
        ([Candidate("1", "")], 1, "没有编号"),
        ([Candidate("1", "甲" * 201)], 1, "超过"),
        ([Candidate(str(n), "甲") for n in range(2001)], 1, "最多 2000"),
    ],
)
def test_a_list_that_cannot_be_drawn_from_is_refused(candidates: list[Candidate], take: int, said: str) -> None:
    with pytest.raises(DomainError, match=said):
        check_candidates(candidates, take)


@pytest.mark.parametrize(
    ("said", "words"), [("至少要有 2 个人", ["7"]), ("各报", ["7", "  "]), ("最长", ["7", "9" * 201])]
)
def test_everybody_present_says_something(said: str, words: list[str]) -> None:
    with pytest.raises(DomainError, match=said):
        clean_words(words, 2)


def changed(file: dict[str, Any], how: Any) -> dict[str, Any]:
    other = copy.deepcopy(file)
    how(other)
    return other


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("commitment", lambda f: f["candidates"].pop()),
        ("commitment", lambda f: f["candidates"][0].update(name="换了名")),
        ("commitment", lambda f: f.update(take=4)),
        ("commitment", lambda f: f.update(secret="00" * 32)),
        ("commitment", lambda f: f.update(commitment="00" * 32)),
        ("seed", lambda f: f["chain"].update(hash="00" * 32)),
        ("seed", lambda f: f["present"][1].update(words="小雪")),
        ("seed", lambda f: f["present"].pop()),
        ("seed", lambda f: f.update(seed="00" * 32)),
        ("lots 第 1 个", lambda f: f["lots"].reverse()),
        ("lots 第 8 个", lambda f: f["lots"].pop()),
        ("lots", lambda f: f["lots"].append({"key": "x", "lot": "0"})),
        ("drawn", lambda f: f["drawn"].reverse()),
        ("drawn", lambda f: f["drawn"].pop()),
    ],
)
def test_any_change_is_named(said: str, how: Any) -> None:
    found = first_difference(changed(a_file(), how))
    assert found is not None and found.text("zh").startswith(said)


@pytest.mark.parametrize(
    "bad",
    [
        None, [], {}, "x", 5, {"format": "marketplace draw 1"},
        changed(a_file(), lambda f: f.update(format="marketplace draw 2")),
        changed(a_file(), lambda f: f.update(take="3")),
        changed(a_file(), lambda f: f.update(take=True)),
        changed(a_file(), lambda f: f.update(secret="xyz")),
        changed(a_file(), lambda f: f.update(present=[])),
        changed(a_file(), lambda f: f.update(candidates=[])),
        changed(a_file(), lambda f: f["candidates"][0].update(name="甲\n52510120 乙")),
        changed(a_file(), lambda f: f["candidates"][0].update(name="\ud800")),
        changed(a_file(), lambda f: f["candidates"].append(f["candidates"][0])),
        changed(a_file(), lambda f: f.update(lots={})),
        changed(a_file(), lambda f: f.pop("lots")),
        changed(a_file(), lambda f: f.pop("drawn")),
    ],
)  # fmt: skip
def test_what_is_no_draw_is_refused_in_words(bad: Any) -> None:
    found = first_difference(bad)
    assert found is not None and found.text("zh") and found.text("en")


def test_another_list_than_the_one_whose_hash_was_noted_is_named() -> None:
    file = a_file()
    assert first_difference(file, file["commitment"].upper()) is None
    found = first_difference(file, "ab" * 32)
    assert found is not None and "和锁定名单时记下的不同" in found.text("zh")


def test_the_command_says_0_for_a_true_draw_and_1_for_any_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(a_file()))
    assert main(["draw", str(path)]) == 0
    assert "comes out the same" in capsys.readouterr().out
    assert main(["draw", str(path), "--commitment", "ab" * 32]) == 1
    path.write_text(json.dumps(changed(a_file(), lambda f: f["drawn"].reverse())))
    assert main(["draw", str(path)]) == 1
    path.write_bytes(b"\xff{")
    assert main(["draw", str(path)]) == 1
    assert main(["draw", str(tmp_path / "nothing.json")]) == 1
    path.write_text("[" * 100_000)
    assert main(["draw", str(path)]) == 1
