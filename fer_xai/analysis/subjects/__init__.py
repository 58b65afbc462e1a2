"""What the maps of single people say: how people differ, how steady maps are, where maps differ, who is judged how."""
