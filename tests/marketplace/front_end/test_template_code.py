"""Compiled templates are kept and found again, and only in a folder of our own."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from marketplace.kernel.template_code import kept_in


def an_environment(place: Path, **shape: bool) -> Environment:
    environment = Environment(loader=DictLoader({"a.html": "one {{ 1 + 1 }}"}), autoescape=True, **shape)
    environment.bytecode_cache = kept_in(environment, place)
    return environment


def test_a_second_process_does_not_compile_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert an_environment(tmp_path).get_template("a.html").render() == "one 2"
    monkeypatch.setattr(Environment, "compile", lambda *_: pytest.fail("compiled again"))
    assert an_environment(tmp_path).get_template("a.html").render() == "one 2"


def test_what_shapes_the_code_has_a_folder_of_its_own(tmp_path: Path) -> None:
    for trims in (False, True):
        an_environment(tmp_path, trim_blocks=trims).get_template("a.html")
    assert len(list(tmp_path.glob("templates-*"))) == 2


def test_a_folder_that_others_may_write_is_not_trusted(tmp_path: Path) -> None:
    an_environment(tmp_path).get_template("a.html")
    (folder,) = tmp_path.glob("templates-*")
    folder.chmod(0o777)
    assert an_environment(tmp_path).bytecode_cache is None


def test_a_place_where_nothing_can_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert an_environment(tmp_path / "file").get_template("a.html").render() == "one 2"
