"""Winners who do not sign: who said so, what it costs them, and what the buyer does next (R-AWD-03)."""
