"""Other ways to align faces: where the landmarks would lie that carry a heatmap into the canonical face."""
