"""Award bundles: everything needed to compute an award again from one file, as far as its reader may see."""
