"""The artwork being edited, without a window."""
