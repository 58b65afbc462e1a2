"""What a map is worth: scores against references, their intervals, means over people."""
