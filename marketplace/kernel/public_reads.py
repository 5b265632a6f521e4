"""How often public pages were read by people who are not signed in, and how long those took that had to be made.

Nothing else is counted: a number of uploads or of signed-in requests would tell how many bid.
"""

from __future__ import annotations

from collections import defaultdict


class PublicReads:
    """The counts of this process since it began."""

    def __init__(self) -> None:
        self.kept = 0
        self.made: dict[str, int] = defaultdict(int)
        self.seconds: dict[str, float] = defaultdict(float)

    def add(self, path: str, seconds: float) -> None:
        """Count a page that was made for one reader."""
        room = path[1:].partition("/")[0] or "front"
        self.made[room] += 1
        self.seconds[room] += seconds

    def lines(self) -> list[str]:
        """The counts in the text format of Prometheus."""
        told = [
            "# HELP marketplace_public_pages_kept_total Public pages answered from memory.",
            "# TYPE marketplace_public_pages_kept_total counter",
            f"marketplace_public_pages_kept_total {self.kept}",
            "# HELP marketplace_public_page_seconds Time to make a public page.",
            "# TYPE marketplace_public_page_seconds summary",
        ]
        for room in sorted(self.made):
            told.append(f'marketplace_public_page_seconds_sum{{room="{room}"}} {self.seconds[room]:.6f}')
            told.append(f'marketplace_public_page_seconds_count{{room="{room}"}} {self.made[room]}')
        return told
