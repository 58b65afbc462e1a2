"""What drawing a network's maps to a reference does to it."""
