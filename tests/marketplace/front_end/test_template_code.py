"""Compiled templates are kept and found again, and only in a folder of our own."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from marketplace.kernel import template_code
from marketplace.kernel.template_code import SHAPING, kept_in
from marketplace.kernel.web import jinja_environment


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


def test_after_an_upgrade_of_what_compiles_everything_is_compiled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = jinja_environment()
    shapers = (type(environment), environment.context_class, environment.template_class, kept_in)
    assert {Path(inspect.getfile(each)) for each in shapers} <= set(SHAPING)
    module = tmp_path / "module.py"
    monkeypatch.setattr(template_code, "SHAPING", (module,))
    for version in ("1", "2", "1"):
        module.write_text(version)
        an_environment(tmp_path).get_template("a.html")
    assert len(list(tmp_path.glob("templates-*"))) == 2


def test_a_folder_that_others_may_write_is_not_trusted(tmp_path: Path) -> None:
    an_environment(tmp_path).get_template("a.html")
    (folder,) = tmp_path.glob("templates-*")
    folder.chmod(0o777)
    assert an_environment(tmp_path).bytecode_cache is None


def test_a_place_where_nothing_can_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert an_environment(tmp_path / "file").get_template("a.html").render() == "one 2"
