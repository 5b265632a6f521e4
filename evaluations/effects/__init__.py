"""Where the county's own standing acts, and what another rule would have changed, tried out before it holds."""
