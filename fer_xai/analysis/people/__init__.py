"""Agreement with people beside how well people agree with each other, and beyond what all maps of faces share."""
