"""What was made at the start lives as long as the process."""

import gc


def keep_for_good() -> None:
    """The collector need not walk what is there now at every pass; from now on it runs."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 50)
