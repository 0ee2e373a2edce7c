"""Speed and memory of gnnpool's operators against PyG's: `python -m benchmarks`."""
