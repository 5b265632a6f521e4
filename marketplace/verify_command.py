"""`marketplace verify chain`: is the audit complete and unchanged, as far as its signed heads go?"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from marketplace import verify_receipt_command
from marketplace.gateways.public_log import open_heads_log, whole_lines
from marketplace.gateways.signing import AUDIT_KEY, VerifyingKey, key_file, public_keys
from marketplace.kernel.audit.chain import Bad, ChainEntry, ChainWalk
from marketplace.kernel.audit.heads import HeadsFile, read_heads
from marketplace.kernel.audit.queries import (
    first_unlinked,
    open_streams,
    settled_tails,
    streams_without_a_row,
    walk_linked,
)
from marketplace.kernel.db import close_pool, fetchval, open_pool
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.settings import Settings
from marketplace.verify_bids import changed_bids

REASONS = {
    "gap": N_("前面缺少条目"),
    "previous": N_("和前一条接不上"),
    "content": N_("内容被改过"),
    "hash": N_("哈希值不对"),
    "head": N_("和已签名公布的链头不一致"),
    "unreadable": N_("不是链头"),
    "other_key": N_("不是用本系统的密钥签的"),
    "signature": N_("签名不对"),
    "two_truths": N_("同一位置签了两个不同的哈希"),
}


@dataclass
class Verdict:
    """What the check found; nothing found means the chain holds. Hidden streams are checked but never counted."""

    faults: list[Sentence] = field(default_factory=list)
    entries: int = 0
    streams: int = 0
    heads: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.faults


async def verify_chain(heads_path: Path | None, settings: Settings) -> Verdict:
    """Check every entry, every signature and every signed head against the database.

    With `heads_path` a copy of the published heads kept elsewhere is used instead of the installation's own file:
    it proves that nothing was rewritten or cut since the copy was taken.
    """
    verdict = Verdict()
    try:
        keys = public_keys(settings, AUDIT_KEY)
    except (OSError, ValueError):
        verdict.faults.append(
            say(N_("没有找到审计签名密钥（{path}）。请从备份恢复密钥文件。"), path=key_file(settings, AUDIT_KEY))
        )
        return verdict
    # the heads are read before the database: whatever was signed by then must be found there
    heads = await _heads(heads_path, settings, keys, verdict)
    now = await fetchval("SELECT county_now()")
    is_open = await open_streams(now)
    await _check_links(heads, is_open, verdict)
    await _check_pace(heads if heads_path is None else None, is_open, verdict)
    verdict.faults += await changed_bids()
    return verdict


async def _heads(
    path: Path | None, settings: Settings, keys: Sequence[VerifyingKey], verdict: Verdict
) -> HeadsFile:
    if path is None:
        lines = await open_heads_log(settings).lines()
    else:
        lines = whole_lines(path.read_text("utf-8", "replace"))
        if not lines:
            verdict.faults.append(say(N_("链头文件 {path} 是空的。请换一份公布过的链头文件。"), path=path))
    heads = read_heads(lines, *keys)
    verdict.heads = len(heads.hashes)
    if heads.bad_line is not None:
        verdict.faults.append(
            say(
                N_("链头文件第 {line} 行不可信：{reason}。"),
                line=heads.bad_line,
                reason=Sentence(REASONS[heads.reason]),
            )
        )
    return heads


async def _check_links(heads: HeadsFile, is_open: set[str], verdict: Verdict) -> None:
    walk, unmet = ChainWalk(), dict(heads.hashes)
    bad_streams: set[str] = set()
    streams: set[str] = set()
    async for entry in walk_linked():
        stream = entry.content.stream
        if stream in is_open:
            streams.add(stream)
            verdict.entries += 1
        bad = walk.step(entry) or _against_head(entry, unmet.pop((stream, entry.position), None))
        if bad and stream not in bad_streams:
            bad_streams.add(stream)
            verdict.faults.append(_bad_entry(bad, stream in is_open))
    verdict.streams = len(streams)
    for stream, position in sorted(unmet):
        if stream not in bad_streams:
            bad_streams.add(stream)
            verdict.faults.append(
                say(
                    N_("{stream} 第 {position} 条不见了：它的链头已经签名公布，数据库里却没有。"),
                    stream=stream,
                    position=position,
                )
            )


def _against_head(entry: ChainEntry, signed_hash: str | None) -> Bad | None:
    if signed_hash is None or signed_hash == entry.entry_hash:
        return None
    return Bad(entry.content.stream, entry.position, entry.content.id, "head")


def _bad_entry(bad: Bad, is_open: bool) -> Sentence:
    reason = Sentence(REASONS[bad.reason])
    if is_open:
        return say(
            N_("{stream} 第 {position} 条（{id}）有问题：{reason}。"),
            stream=bad.stream,
            position=bad.position,
            id=bad.id,
            reason=reason,
        )
    # the position would give away how many sealed bids there are
    return say(N_("一个尚未公开的流里，条目 {id} 有问题：{reason}。"), id=bad.id, reason=reason)


async def _check_pace(heads: HeadsFile | None, is_open: set[str], verdict: Verdict) -> None:
    real_now = await fetchval("SELECT clock_timestamp()")
    left_behind = await first_unlinked(real_now)
    if left_behind:
        verdict.faults.append(
            say(
                N_("条目 {id} 超过 60 秒还没有链接。请检查后台进程（marketplace worker）是否在运行。"),
                id=left_behind.id,
            )
        )
    for stream in await streams_without_a_row():
        verdict.faults.append(say(N_("流 {stream} 没有登记何时公开，所以谁都看不到它。"), stream=stream))
    if heads is None:
        return
    for stream, position in sorted((await settled_tails(real_now, sorted(is_open))).items()):
        if position > heads.last_position(stream):
            verdict.faults.append(
                say(N_("{stream} 到第 {position} 条的链头超过 60 秒还没有签名公布。"), stream=stream, position=position)
            )


def words(verdict: Verdict) -> list[str]:
    """The verdict in Chinese and English, the first bad entry first."""
    if verdict.holds:
        told = say(
            N_("审计链完好：{streams} 个已公开的流，{entries} 条，{heads} 个已签名的链头。"),
            streams=verdict.streams,
            entries=verdict.entries,
            heads=verdict.heads,
        )
        return [told.text("zh"), told.text("en")]
    return [fault.text(language) for fault in verdict.faults for language in ("zh", "en")]


def main(argv: Sequence[str]) -> int:
    """`marketplace verify chain [--heads FILE]` or `verify receipt FILE --chain FILE`: 0 when it holds, 1 when not."""
    if argv and argv[0] == "receipt":
        return verify_receipt_command.main(argv[1:])
    parser = argparse.ArgumentParser(prog="marketplace verify")
    parser.add_argument("what", choices=["chain", "receipt"])
    parser.add_argument("--heads", type=Path, metavar="FILE", help="a copy of the published heads, kept elsewhere")
    asked = parser.parse_args(argv)
    if asked.heads and not asked.heads.is_file():
        parser.error(f"{asked.heads} is not a file")
    verdict = asyncio.run(_verify(asked.heads))
    print("\n".join(words(verdict)))
    return 0 if verdict.holds else 1


async def _verify(heads_path: Path | None) -> Verdict:
    await open_pool(max_size=1)
    try:
        return await verify_chain(heads_path, Settings.from_environment())
    finally:
        await close_pool()
