"""One run: training, testing, explaining, and what is written of it."""
