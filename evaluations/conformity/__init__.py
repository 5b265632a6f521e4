"""The conformity review: the panel decides, item by item, whether a bid answers what may not be deviated from."""
