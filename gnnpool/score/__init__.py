"""Score-based operators: give each node a number, keep the highest."""
