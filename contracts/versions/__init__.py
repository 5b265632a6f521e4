"""A contract as it stood on a day: price, term, milestones, and the changes up to it."""
