"""How far an explainer can be trusted: tests whose right answer is known."""
