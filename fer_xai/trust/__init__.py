"""How far an explainer can be trusted: each test puts an explainer and a network to a question whose answer is known."""
