"""The style pane: which styles, how much of them, and what they come to."""
