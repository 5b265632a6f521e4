"""The command `marketplace`: finds the right command and hands it the rest of the line."""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass

from marketplace.kernel.settings import VERSION


@dataclass(frozen=True)
class Command:
    """A command: the module whose `main(argv) -> int` does it, and what it is for."""

    module: str
    purpose: str
    needs_database: bool = False


COMMANDS = {
    "serve": Command("marketplace.serve_command", "serve the pages and run the worker (what `make run` does)"),
    "rehearse": Command("marketplace.rehearsal.rehearse_command", "a sandbox county with a guided tour: [--fresh]"),
    "worker": Command("marketplace.worker", "only the worker: mail, jobs, what falls due", needs_database=True),
    "migrate": Command("marketplace.migrate_command", "bring the database up to date", needs_database=True),
    "backup": Command(
        "marketplace.upkeep.backup_command", "back up, encrypted and checked by restoring: --to DIR -r AGE1…", True
    ),
    "restore": Command(
        "marketplace.upkeep.backup_command", "restore into an empty installation: --from DIR --identity FILE", True
    ),
    "doctor": Command("marketplace.upkeep.doctor_command", "say how this installation is, and what to do", True),
    "audit-dependencies": Command(
        "marketplace.upkeep.advisories_command", "known weaknesses of the pinned packages, offline: [ADVISORIES]"
    ),
    "administrator": Command(
        "marketplace.upkeep.administrator_command", "open the first account: --office --username --name", True
    ),
    "deadline": Command("marketplace.deadline_command", "count a date by the rulebook: deadline R-SEED-01 2026-03-02"),
    "score": Command("evaluations.scoring.score_command", "score and rank the offers in a file: score FILE.json"),
    "opener new-key": Command("marketplace.opener_command", "make an opener's key on this machine"),
    "age": Command("marketplace.age_command", "encrypt or decrypt like age: -r RECIPIENT [FILE], -d -i KEY [FILE]"),
    "age keygen": Command("marketplace.age_command", "make a key like age-keygen, or say its recipient: [-o|-y FILE]"),
    "verify chain": Command("marketplace.verify_command", "prove that nobody changed the audit: [--heads FILE]", True),
    "verify ledger": Command("marketplace.verify_ledger_command", "prove that no yuan is lost: every identity", True),
    "verify documents": Command(
        "marketplace.verify_documents_command", "prove that every document is what its row says", True
    ),
    "verify bundle": Command("evaluations.bundles.verify_command", "compute an award again from its bundle: FILE…"),
    "export ocds": Command("marketplace.opendata.ocds.export_command", "write the public record: --out DIR", True),
    "standing trial": Command(
        "marketplace.standing_command", "what a rule would have changed in past awards: --order weighted", True
    ),
    "verify receipt": Command(
        "marketplace.verify_command", "check a sealed bid's receipt without a network: FILE --chain FILE"
    ),
    "verify draw": Command("marketplace.verify_draw_command", "do a random draw again from its file: FILE"),
    "rotate column-keys": Command("marketplace.rotate_command", "encrypt hidden values with the newest key", True),
    "demo story": Command("marketplace.demo.story_command", "play the whole story over HTTP: [--url ADDRESS]"),
    "demo accounts": Command("marketplace.demo.accounts_command", "the demo county's people and roles, as JSON"),
    "demo fill": Command("marketplace.demo.fill_command", "fill the demo county, or go on filling it", True),
    "bench": Command("tests.benchmarks.bench_command", "measure against the bare framework"),
}
# these read their second word themselves
KEEPS_SECOND_WORD = ("age", "opener", "verify", "rotate")
# these are told by which of their names they were called
KEEPS_FIRST_WORD = ("backup", "restore")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 2 not understood."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if words else 2
    if words[0] in ("-V", "--version"):
        print(VERSION)
        return 0
    found = find_command(words)
    if found is None:
        print(f"marketplace has no command “{' '.join(words[:2])}”.\n\n{usage()}", file=sys.stderr)
        return 2
    command, rest = found
    if command.needs_database and not (os.environ.get("DATABASE_URL") or os.environ.get("MARKETPLACE_SUPERVISED")):
        return run_with_database(command, rest)
    return run(command, rest)


def run(command: Command, rest: list[str]) -> int:
    """Load a command's module and run it."""
    # loaded only when asked for: `marketplace deadline` must answer before the web framework could be loaded
    module = importlib.import_module(command.module)
    try:
        return int(module.main(rest))
    except KeyboardInterrupt:
        return 130


def run_with_database(command: Command, rest: list[str]) -> int:
    """Run a command with the embedded database up; one that was up before stays up."""
    # as with the commands: what needs no database does not pay for it
    from marketplace.kernel import devdb

    was_running = False
    try:
        was_running = devdb.running()
        devdb.ensure(os.environ.get("MARKETPLACE_DATABASE", "marketplace"))
        return run(command, rest)
    except devdb.DatabaseNotReady as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        if not was_running:
            devdb.stop_if_unused()


def find_command(words: list[str]) -> tuple[Command, list[str]] | None:
    """The command that the words name, and the words that are left for it."""
    for length in (2, 1):
        name = " ".join(words[:length])
        if len(words) >= length and name in COMMANDS:
            if words[0] in KEEPS_FIRST_WORD:
                return COMMANDS[name], words
            return COMMANDS[name], words[1:] if words[0] in KEEPS_SECOND_WORD else words[length:]
    return None


def usage() -> str:
    """What there is, one line each."""
    lines = ["usage: marketplace COMMAND …", ""]
    lines += [f"  {name:<16}{command.purpose}" for name, command in COMMANDS.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
