"""The payment promise: the last day to pay, what lateness costs, and what the public hears of it."""
