"""What scores have to beat."""
