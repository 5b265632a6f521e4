"""`make check`: style, types, staircase, migrations, translations; all of them, then one verdict."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("marketplace", "catalogue", "vendors", "contracts", "evaluations")
GOOD_FILE, GOOD_FUNCTION = 300, 25  # lines; beyond them it is named, not refused


def typed_files() -> list[str]:
    """What mypy reads: the kernel, every rules.py, and the commands that start the house."""
    found = [path.relative_to(ROOT) for package in PACKAGES for path in sorted((ROOT / package).rglob("rules.py"))]
    # mypy takes a file named twice for two modules
    rules = [str(path) for path in found if not path.is_relative_to("marketplace/kernel")]
    commands = ["marketplace/cli.py", "marketplace/serve_command.py", "marketplace/migrate_command.py"]
    return ["marketplace/kernel", *rules, *commands]


def long_ones() -> list[str]:
    """Files and functions longer than reads well."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" in path.parts:
                continue
            text = path.read_text()
            name = path.relative_to(ROOT)
            if (length := len(text.splitlines())) > GOOD_FILE:
                found.append(f"{length:5} lines  {name}")
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    length = (node.end_lineno or 0) - node.lineno + 1
                    if length > GOOD_FUNCTION + 10:
                        found.append(f"{length:5} lines  {name}:{node.lineno} {node.name}")
    return sorted(found, reverse=True)


def main() -> int:
    """Run every check, even when one fails."""
    python = sys.executable
    checks = {
        "style": [python, "-m", "ruff", "check", "--quiet", "."],
        "types": [python, "-m", "mypy", "--no-error-summary", *typed_files()],
        "staircase": [python, "-m", "pytest", "-q", "--no-header", "tests/architecture/test_staircase.py"],
        "migrations": [python, "scripts/check_migrations.py"],
        "translations": [python, "scripts/check_translations.py"],
        "packages": [python, "-m", "pip", "check"],
    }
    failed = []
    for name, command in checks.items():
        print(f"-- {name}", flush=True)
        if subprocess.call(command, cwd=ROOT):
            failed.append(name)
    print("-- long files and functions", *long_ones()[:15], sep="\n")
    print(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
