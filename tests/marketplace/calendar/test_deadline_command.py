import subprocess
import sys

import pytest

from marketplace.deadline_command import main


@pytest.mark.parametrize(
    ("arguments", "code", "first"),
    [
        (["R-SEED-01", "2026-03-02"], 0, "2026-04-01"),
        (["R-SEED-01", "2026-03-02T23:59"], 0, "2026-04-01"),
        (["R-SEED-01", "2026-03-01T16:30Z"], 0, "2026-04-01"),
        (["R-SEED-05", "2026-02-28T23:30"], 0, "2026-03-01"),
        (["R-TIME-05", "2026-03-20"], 0, "2026-03-05"),
        (["R-TIME-26/reply", "2026-09-28"], 0, "2026-10-10"),
        (["R-SEED-01", "2026-12-10"], 3, "2027-01-11"),
        (["R-LOW-04", "2025-06-01"], 0, "2025-06-01"),  # before the rule: by its first row
    ],
)
def test_the_first_line_is_the_date_alone(arguments, code, first, capsys):
    assert main(arguments) == code
    assert capsys.readouterr().out.splitlines()[0] == first


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["R-SEED-01"], ["R-SEED-01", "2026-03-02", "more"], ["R-NONE-01", "2026-03-02"], ["R-CAL-01", "2026-03-02"],
        ["R-TIME-26", "2026-03-02"], ["R-TIME-26/none", "2026-03-02"], ["R-SEED-01", "tomorrow"],
        ["R-SEED-01", "2026-02-30"], ["R-SEED-01", "9999-12-31"], ["R-SEED-01", "0001-01-01T00:00+23:00"], ["", ""],
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused_with_words_and_no_date(arguments, capsys):
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.strip()


def test_below_the_date_stand_the_safe_date_the_steps_and_the_clause(capsys):
    main(["R-TIME-17", "2026-09-02"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2026-10-08" and "2026-10-02" in lines[1] and lines[2].startswith("1. ")
    assert any("《政府采购法》第四十六条" in line for line in lines)


def test_a_provisional_date_says_so(capsys):
    assert main(["R-SEED-01", "2026-12-30"]) == 3
    assert "暂定" in capsys.readouterr().out


def test_the_command_needs_neither_database_nor_server():
    code = "import sys, marketplace.deadline_command; print({'litestar', 'piccolo', 'asyncpg'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
