"""Soft clustering: every node belongs to every supernode, more or less."""
