"""`marketplace opener new-key`: makes an opener's key on the opener's own machine, without database or server."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, current_language, say
from marketplace.kernel.sealing import check_passphrase, fingerprint, new_identity, protect

OWNER_ONLY = 0o600
NEXT_STEPS = (
    N_("公钥（登记用）：{recipient}"),
    N_("指纹（核对用）：{fingerprint}"),
    N_("密钥文件：{path}"),
    N_("下一步："),
    N_("1. 登录平台，把上面的公钥粘贴到“我的开启密钥”，并与管理人员核对指纹。只登记公钥。"),
    N_("2. 把密钥文件复制两份，存放在两个安全的地方。密钥文件不要交给他人，也不要长期放在平台服务器上。"),
    N_("3. 牢记口令。文件丢失或忘记口令，就无法参加开启，任何人都不能找回。"),
)


def main(argv: Sequence[str]) -> int:
    """Make a key: 0 with the recipient on standard output, 2 with a sentence on standard error."""
    arguments = _parser().parse_args(argv)
    current_language.set(arguments.lang)
    try:
        recipient = make_key(Path(arguments.out), arguments.passphrase_file)
    except DomainError as refusal:
        print(refusal.sentence.text(), file=sys.stderr)
        return 2
    except (EOFError, KeyboardInterrupt):
        print(say(N_("没有输入口令，未生成密钥。")).text(), file=sys.stderr)
        return 2
    path = Path(arguments.out).resolve()
    for step in NEXT_STEPS:
        print(say(step, recipient=recipient, fingerprint=fingerprint(recipient), path=path).text())
    return 0


def make_key(out: Path, passphrase_file: str | None) -> str:
    """Write a new locked identity to `out`, readable by its owner only, and return its recipient."""
    if out.exists() or out.is_symlink():
        raise DomainError(N_("文件 {path} 已经存在，不会覆盖。请用 --out 指定另一个文件名。"), path=out)
    passphrase = _ask_passphrase() if passphrase_file is None else _read_passphrase(passphrase_file)
    check_passphrase(passphrase)
    identity, recipient = new_identity()
    _write_new(out, protect(identity, passphrase))
    return recipient


def _write_new(out: Path, content: bytes) -> None:
    """Created for the owner alone from the first moment, and never over another file."""
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        raise DomainError(N_("写不了文件 {path}（{why}）。"), path=out, why=problem.strerror) from problem


def _ask_passphrase() -> str:
    prompt = say(N_("口令（至少 12 个字符，输入时不显示）：")).text()
    passphrase = getpass.getpass(prompt)
    check_passphrase(passphrase)
    if getpass.getpass(say(N_("再输入一次：")).text()) != passphrase:
        raise DomainError(N_("两次输入的口令不一样，请重新运行。"))
    return passphrase


def _read_passphrase(path: str) -> str:
    """The first line of the file, without its line end."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise DomainError(N_("读不到口令文件 {path}。"), path=path) from problem
    return lines[0] if lines else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="marketplace opener", description="Keys of the people who open sealed bids.")
    acts = parser.add_subparsers(dest="act", required=True)
    new_key = acts.add_parser("new-key", help="make a passphrase-protected age identity on this machine")
    new_key.add_argument("--out", default="opener-identity.age", metavar="FILE")
    new_key.add_argument("--passphrase-file", metavar="FILE", help="read the passphrase from the first line of FILE")
    new_key.add_argument("--lang", choices=("zh", "en"), default="zh")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
