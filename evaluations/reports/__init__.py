"""The panel's report: what it found, signed by each member, and the only ways a locked mark is corrected."""
