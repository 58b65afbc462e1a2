"""When: what happens in a run's life: explain, aggregate, compare, write."""
