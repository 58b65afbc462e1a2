"""Why: (network, images, class) to local heatmaps."""
