"""Speed and memory of gnnpool's operators against their limits and their peers:
`python -m benchmarks`.
"""
