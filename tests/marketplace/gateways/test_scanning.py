from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from marketplace.gateways.scanning import NO_SCANNER, Clamd, ScannerAway, VirusFound, open_scanner
from marketplace.kernel.settings import Settings
from tests.marketplace.gateways.clamd_town import HARMFUL, ClamdTown, clamd_town


def settings(clamd: str) -> Settings:
    return Settings.from_environment({"CLAMD": clamd})


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("over", ["tcp", "unix"])
async def test_a_clean_file_passes_and_a_harmful_one_does_not(over: str, tmp_path: Path) -> None:
    async with clamd_town(ClamdTown(), tmp_path / "clamd.ctl" if over == "unix" else None) as town:
        scanner = open_scanner(settings(town.address))
        await scanner.check(pieces(b"a" * 300_000, b"b" * 200_000))
        with pytest.raises(VirusFound) as found:
            # the harm lies across two pieces
            await scanner.check(pieces(b"a" * 1000 + HARMFUL[:5], HARMFUL[5:] + b"b"))
        assert town.seen == [500_000, 1000 + len(HARMFUL) + 1]
        assert "病毒" in found.value.sentence.text("zh") and "virus" in found.value.sentence.text("en")


async def test_no_scanner_means_refused_with_words_not_passed() -> None:
    with pytest.raises(ScannerAway) as away:
        await open_scanner(settings("tcp://127.0.0.1:9")).check(pieces(b"x"))
    assert "没有接收" in away.value.sentence.text("zh")


async def test_a_scanner_that_never_answers_is_away(tmp_path: Path) -> None:
    async with clamd_town(ClamdTown(silent=True), tmp_path / "s") as town:
        assert town.address
        with pytest.raises(ScannerAway):
            await Clamd(socket=str(tmp_path / "s"), patience=0.2).check(pieces(b"x"))


async def test_a_file_beyond_the_scanners_own_limit_is_not_taken_as_clean() -> None:
    async with clamd_town(ClamdTown(most=100_000)) as town:
        with pytest.raises(ScannerAway):
            await open_scanner(settings(town.address)).check(pieces(*[b"x" * 50_000] * 40))


def test_nobody_scans_where_nothing_is_set_and_a_wrong_setting_is_said_at_the_start() -> None:
    assert open_scanner(settings("")) is NO_SCANNER
    for wrong in ("127.0.0.1:3310", "tcp://127.0.0.1", "unix:", "http://clamd:80"):
        with pytest.raises(ValueError, match="CLAMD"):
            open_scanner(settings(wrong))
