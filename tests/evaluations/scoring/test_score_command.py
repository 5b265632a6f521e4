"""`marketplace score` as other programs call it: a file in, JSON out, exit codes."""

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from contextvars import copy_context
from pathlib import Path
from types import SimpleNamespace

import pytest

from evaluations.scoring.score_command import main

ROOT = Path(__file__).resolve().parents[3]
BID = {"bidder": "A", "price": "100", "small_micro": False, "other_score": "70"}
FILE = {"price_weight": "20", "bids": [BID]}


def score(content, *options):
    """As its own process would, but for the time of a start; two tests below start one."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    out, err, given = io.StringIO(), io.StringIO(), SimpleNamespace(buffer=io.BytesIO(raw))
    with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", given)
        code = copy_context().run(main, ["-", *options])
    return SimpleNamespace(returncode=code, stdout=out.getvalue().encode(), stderr=err.getvalue().encode())


def scored(content):
    done = score(content)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)["bids"]


def mistakes(content):
    done = score(content)
    assert done.returncode == 2
    assert done.stdout == b""
    return [line.partition(": ")[0] for line in done.stderr.decode().splitlines()]


def test_a_whole_tender_is_scored(tmp_path):
    bids = [
        {"bidder": "甲", "price": "400000", "small_micro": True, "other_score": "70.5", "technical_score": "40"},
        {**BID, "bidder": "B", "price": "380000.55"},
        {**BID, "bidder": "C", "price": "99999", "other_score": "50"},
        {"bidder": "D", "other_score": "50"},
        {**BID, "bidder": "E", "price": "505000.01"},
    ]
    content = {
        "method": "tender", "price_weight": "20", "rounding": 2, "small_micro_deduction": "10",
        "ceiling": "505000", "budget": "505000", "bids": bids,
    }  # fmt: skip
    path = tmp_path / "offers.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "evaluations.scoring.score_command", str(path)], cwd=ROOT, capture_output=True
    )
    assert done.returncode == 0
    assert "甲".encode() in done.stdout
    first, second, third, silent, dear = json.loads(done.stdout)["bids"]
    assert first == {
        "bidder": "甲", "evaluated_price": "360000", "price_score": "5.56", "total": "76.06", "rank": 1,
        "low_price_review": False, "low_price_reasons": [],
    }  # fmt: skip
    assert (second["total"], second["rank"]) == ("75.26", 2)
    assert third["low_price_reasons"] == ["R-LOW-01/mean", "R-LOW-01/next_lowest", "R-LOW-01/ceiling"]
    for bid, name in ((silent, "D"), (dear, "E")):
        assert (bid["bidder"], bid["status"], bid["rank"]) == (name, "invalid", None)
        assert bid["reason"]


def test_method_rounding_deduction_ceiling_and_budget_may_be_left_out():
    assert scored({**FILE, "ceiling": None})[0]["price_score"] == "20.00"


def test_R_SME_04_a_consortium_or_a_subcontract_with_small_enterprises_is_deducted_and_the_small_one_itself_first():
    bids = [
        {**BID, "bidder": "alone"}, {**BID, "bidder": "together", "small_consortium": True},
        {**BID, "bidder": "gives", "small_subcontract": True},
        {**BID, "bidder": "small", "small_micro": True, "small_subcontract": True},
    ]  # fmt: skip
    content = {**FILE, "small_micro_deduction": "10", "consortium_deduction": "5", "bids": bids}
    assert [bid["evaluated_price"] for bid in scored(content)] == ["100", "95", "95", "90"]
    assert [bid["evaluated_price"] for bid in scored({**FILE, "bids": bids})] == ["100"] * 4
    assert mistakes({**content, "consortium_deduction": "100"}) == ["consortium_deduction"]
    assert mistakes({**FILE, "bids": [{**BID, "small_subcontract": "yes"}]}) == ["bids[0].small_subcontract"]


def test_decimals_are_written_in_full():
    content = {**FILE, "rounding": 6, "price_weight": "0", "bids": [{**BID, "other_score": "0.0000001"}]}
    (bid,) = scored(content)
    assert (bid["price_score"], bid["total"]) == ("0.000000", "0.0000001")


def test_a_listing_may_raise_the_low_price_limits_up_to_65_percent():
    bids = [{**BID, "price": "60"}, {**BID, "bidder": "B", "price": "100"}]
    assert not scored({**FILE, "bids": bids})[0]["low_price_review"]
    raised = scored({**FILE, "bids": bids, "low_price": {"next_lowest": "65"}})
    assert raised[0]["low_price_reasons"] == ["R-LOW-01/next_lowest"]
    assert mistakes({**FILE, "low_price": {"mean": "65.01", "ceiling": "44"}}) == [
        "low_price.mean",
        "low_price.ceiling",
    ]


def test_before_february_2026_there_was_no_low_price_arithmetic():
    content = {**FILE, "ceiling": "1000"}
    assert scored(content)[0]["low_price_review"]
    assert not scored({**content, "on": "2026-01-31"})[0]["low_price_review"]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("method", {"method": "auction"}),
        ("price_weight", {"price_weight": "101"}),
        ("price_weight", {"price_weight": 20}),
        ("price_weight", {"price_weight": None}),
        ("rounding", {"rounding": 7}),
        ("rounding", {"rounding": -1}),
        ("rounding", {"rounding": True}),
        ("small_micro_deduction", {"small_micro_deduction": "100"}),
        ("ceiling", {"ceiling": "0"}),
        ("budget", {"budget": "12.345"}),
        ("on", {"on": "yesterday"}),
        ("bids", {"bids": []}),
        ("bids", {"bids": None}),
        ("bids[0]", {"bids": ["A"]}),
        ("bids[1].bidder", {"bids": [BID, BID]}),
    ],
)
def test_a_wrong_field_is_named(field, change):
    assert mistakes({**FILE, **change}) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "-1"), ("price", "0"), ("price", "1.234"), ("price", "NaN"), ("price", "Infinity"), ("price", "1e3"),
        ("price", "１００"), ("price", 100), ("price", 99.5), ("price", ""), ("bidder", " "), ("bidder", 7),
        ("small_micro", "yes"), ("other_score", "-0.1"), ("other_score", "100.1"), ("other_score", None),
        ("technical_score", "many"),
    ],
)  # fmt: skip
def test_a_wrong_field_of_a_bid_is_named_with_its_place(field, value):
    assert mistakes({**FILE, "bids": [{**BID, "bidder": "Z"}, {**BID, field: value}]}) == [f"bids[1].{field}"]


def test_all_mistakes_are_named_at_once():
    bids = [{**BID, "price": "x"}, {**BID, "bidder": "B", "other_score": "y"}]
    assert mistakes({"bids": bids}) == ["price_weight", "bids[0].price", "bids[1].other_score"]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe", b'{"bids":[],"bids":[]}', b"[" * 100_000])
def test_what_is_no_json_object_is_refused_without_a_traceback(raw):
    done = score(raw)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_missing_file_is_refused_in_the_language_asked_for():
    done = subprocess.run(
        [sys.executable, "-m", "evaluations.scoring.score_command", "/nowhere.json", "--lang", "en"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "cannot be read" in done.stderr


def test_a_field_nobody_knows_is_mentioned_and_ignored():
    done = score({**FILE, "ceilling": "1"}, "--lang", "en")
    assert done.returncode == 0
    assert done.stderr.decode().startswith("ceilling: ")
