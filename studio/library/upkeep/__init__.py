"""Index and files kept in agreement, and what is done when nobody waits."""
