"""The thirteen steps of the loop, played over HTTP against a demo county."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from marketplace.demo.story import steps_award, steps_next, steps_prepare, steps_work
from marketplace.demo.story.browser import Browser, StoryBroken
from marketplace.demo.story.county import County

__all__ = ["STEPS", "Browser", "County", "Step", "StoryBroken", "not_built", "play"]


@dataclass(frozen=True)
class Step:
    """One step: what it shows, and the act that gives the path of the page to look at. No act: not built yet."""

    number: int
    title: str
    act: Callable[[County], str] | None = None


STEPS: tuple[Step, ...] = (
    Step(1, "Catalogue: twelve items, each with its page", steps_prepare.catalogue),
    Step(2, "Accounts: every role to its work, finance kept from drafting", steps_prepare.accounts),
    Step(3, "Providers: registered, pre-checked, exclusions shown", steps_prepare.providers),
    Step(4, "Budget and listing: allotted, drafted, approved, published", steps_prepare.listing),
    Step(5, "Bids: sealed, replaced, receipts", steps_award.bids),
    Step(6, "Opening: two openers, qualification, final prices", steps_award.opening),
    Step(7, "Scoring and award: a panel of three, notice, debrief", steps_award.award),
    Step(8, "Contract: signed by both sides and public", steps_work.sign),
    Step(9, "Hours: logged, approved, the month closed, a correction added", steps_work.hours),
    Step(10, "Acceptance, invoice, payment: the budget line moves", steps_work.payment),
    Step(11, "Subsidy: a scheme with its document number, a month paid", steps_work.subsidy),
    Step(12, "Performance: scored, answered, frozen, the standing changes", steps_work.evaluation),
    Step(13, "The next awards: both follow from the evaluation", steps_next.next_awards),
)


def not_built(steps: Sequence[Step] = STEPS) -> list[Step]:
    """The steps that nobody can play yet."""
    return [step for step in steps if step.act is None]


def play(county: County, tell: Callable[[str], None], steps: Sequence[Step] = STEPS) -> None:
    """Play the steps in order and tell of each with the page to look at. Raises StoryBroken."""
    for step in steps:
        if step.act is None:
            raise StoryBroken(f"step {step.number} is not built yet: {step.title}")
        try:
            path = step.act(county)
        except StoryBroken as broken:
            raise StoryBroken(f"step {step.number} ({step.title}): {broken}") from broken
        tell(f"STEP {step.number}/{len(STEPS)} {step.title} {county.address}{path}")
