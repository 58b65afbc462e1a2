"""Tables for readers, and sentences."""
