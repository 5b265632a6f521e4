"""Framework agreements: the providers that came in, their agreements, and the orders given under them."""
