"""Which models are on this disk and what they are, known without loading any."""
