"""From photographs to crops of faces with landmarks, once, in parallel, cached by content."""
