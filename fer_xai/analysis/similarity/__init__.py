"""How alike maps are, and what groups they form."""
