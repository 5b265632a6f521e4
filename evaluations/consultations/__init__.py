"""Rounds of a consultation or negotiation: each bidder met alone, changes told to all at once (R-BID-07)."""
