"""Signs of collusion in opened bids, for people to look at: they decide nothing and shut nobody out (R-COLL-05)."""
