"""Keep how long each file of tests takes, for the order of the next runs: `keep_durations.py REPORT.xml`.

A report is what `.venv/bin/python -m pytest --junitxml=REPORT.xml …` leaves of a whole run.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "tests" / "durations.txt"
LEAST = 4  # seconds: what is shorter holds nobody up at the end


def durations(report: str) -> str:
    """A line for each file that takes long, the longest first: its seconds and its path."""
    taken: Counter[str] = Counter()
    for case in ElementTree.fromstring(report).iter("testcase"):
        taken[case.attrib["classname"].replace(".", "/") + ".py"] += float(case.attrib["time"])  # type: ignore[assignment]
    rows = [(round(seconds), name) for name, seconds in taken.items() if seconds >= LEAST]
    return "".join(f"{seconds} {name}\n" for seconds, name in sorted(rows, key=lambda row: (-row[0], row[1])))


if __name__ == "__main__":
    KEPT.write_text(durations(Path(sys.argv[1]).read_text()))
