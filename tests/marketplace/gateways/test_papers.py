"""The press: a process of its own, bounded in time, memory and number; what is missing is named."""

from __future__ import annotations

import asyncio
import hashlib
import io
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest

from marketplace.gateways import paper_process
from marketplace.gateways.papers import AT_ONCE, MOST_WAITING, PaperRefused, ProcessPress
from marketplace.kernel.settings import PROJECT_FOLDER
from tests.papers import needs_press, pdf_words
from tests.presses import PressedOnce

PAGE = (
    '<html lang="zh-CN"><head><title>公告</title><style>body{font-family:"Noto Serif CJK SC"}</style></head>'
    "<body><h1>竞争性磋商公告</h1><p>㛃䶮𬭎 金堂县</p>%s</body></html>"
)


def program(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


@needs_press
async def test_the_same_page_gives_the_same_bytes_with_chinese_fonts_inside() -> None:
    first, second = [await ProcessPress().press(PAGE % "") for _ in range(2)]
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    assert "竞争性磋商公告" in pdf_words(first) and "㛃䶮𬭎" in pdf_words(first)
    reader = pypdf.PdfReader(io.BytesIO(first))
    fonts = [str(font.get_object()["/BaseFont"]) for font in reader.pages[0]["/Resources"]["/Font"].values()]
    assert fonts and all("Noto-Serif-CJK-SC" in font for font in fonts), fonts
    # tagged, so that it can be read aloud, and archival
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "zh-CN"
    assert b"pdfaid:part" in root["/Metadata"].get_object().get_data()


@needs_press
async def test_a_page_cannot_read_this_machine(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><text y="20">SECRET</text></svg>')
    page = PAGE % f'<img src="file://{secret}" alt="x"><object data="file://{secret}"></object>'
    assert "SECRET" not in pdf_words(await ProcessPress().press(page))


async def test_a_paper_that_takes_too_long_is_stopped_and_leaves_no_process(tmp_path: Path) -> None:
    number = tmp_path / "pid"
    code = f"import os, time; open({str(number)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(PaperRefused, match="太长"):
        await ProcessPress(program(code), 1.5).press("<p>x</p>")
    assert not Path(f"/proc/{number.read_text()}").exists()


async def test_only_a_few_may_wait_for_the_press() -> None:
    press = ProcessPress(program("import time; time.sleep(0.3); print('%PDF-1.7')"))
    asked = [press.press("<p>x</p>") for _ in range(AT_ONCE + MOST_WAITING + 3)]
    done = await asyncio.gather(*asked, return_exceptions=True)
    refused = [d for d in done if isinstance(d, PaperRefused)]
    assert len(refused) == 3 and "排队" in str(refused[0])
    assert await press.press("<p>again</p>")  # the queue is empty again


async def test_a_paper_that_eats_memory_ends_with_its_process() -> None:
    eat = (
        "import resource; from marketplace.gateways import paper_process as p;"
        "resource.setrlimit(resource.RLIMIT_AS, (p.MOST_MEMORY, p.MOST_MEMORY)); x = bytearray(p.MOST_MEMORY + 1)"
    )
    with pytest.raises(PaperRefused, match="没有生成"):
        await ProcessPress(program(eat)).press("<p>x</p>")


async def test_a_page_too_long_is_refused_before_a_process_starts() -> None:
    with pytest.raises(PaperRefused, match="太长"):
        await ProcessPress(("/nonexistent",)).press("x" * (5 * 1024 * 1024))


async def test_a_missing_library_is_named_by_its_debian_package() -> None:
    code = (
        "import sys; from marketplace.gateways import paper_process as p;"
        "p.LIBRARIES = {'libnothere.so.9': 'libpango-1.0-0', 'libneither.so.1': 'libharfbuzz-subset0',"
        " 'libfontconfig.so.1': 'libfontconfig1'};"
        "p.FACES = ('No Such Face',); sys.exit(p.main())"
    )
    with pytest.raises(PaperRefused) as refused:
        await ProcessPress(program(code)).press("<p>x</p>")
    assert "apt-get install -y libpango-1.0-0 libharfbuzz-subset0 fonts-noto-cjk" in str(refused.value)


async def test_the_tests_press_every_page_of_their_own_once(tmp_path: Path) -> None:
    asked: list[str] = []

    class Noting:
        async def press(self, html: str) -> bytes:
            asked.append(html)
            return f"%PDF-{html}".encode()

    presses = [PressedOnce(Noting(), tmp_path / "pressed") for _ in range(2)]
    pressed = [await each.press(page) for page in ("one", "two") for each in presses]
    assert pressed == [b"%PDF-one", b"%PDF-one", b"%PDF-two", b"%PDF-two"] and asked == ["one", "two"]


def test_set_up_installs_every_library_of_the_press() -> None:
    text = (PROJECT_FOLDER / "scripts" / "setup.py").read_text(encoding="utf-8")
    named = {**paper_process.LIBRARIES, "": paper_process.FONT_PACKAGE}
    named.pop("libfontconfig.so.1")  # comes with pango
    missing = [(lib, package) for lib, package in named.items() if f'"{package}"' not in text or lib not in text]
    assert missing == []


def test_the_web_process_never_loads_the_press() -> None:
    heavy = "('weasyprint', 'pydyf', 'tinycss2', 'docxtpl', 'docx', 'xlsxwriter')"
    look = f"import sys, marketplace.route_table; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
