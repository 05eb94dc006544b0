"""The models on this disk: what they are, where they lie, what the artist notes about them."""
