"""Where: landmarks, the canonical face, the warp, the masks."""
