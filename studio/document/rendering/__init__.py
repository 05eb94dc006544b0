"""The picture that layers make together."""
