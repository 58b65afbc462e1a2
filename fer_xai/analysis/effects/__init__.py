"""What pretraining, family, expression, explainer, fold and seed make of the maps, in figures and exact tests."""
