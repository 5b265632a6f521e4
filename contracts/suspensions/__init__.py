"""Performance of a contract that rests for a time: from which day, until when, and who looks after the residents."""
