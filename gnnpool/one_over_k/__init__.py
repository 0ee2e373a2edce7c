"""One-over-K operators: subsample the graph evenly, by its topology alone, before training."""
