"""The open artwork: what can be painted, selected, layered and filled in it."""
