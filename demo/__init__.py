"""One brand's day on real data: `make demo`."""
