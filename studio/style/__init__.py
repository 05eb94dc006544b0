"""Neural style transfer: a photograph painted in the manner of other pictures."""
