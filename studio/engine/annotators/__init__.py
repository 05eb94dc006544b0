"""Networks that find depth and poses in pictures, for controls that were trained on these."""
