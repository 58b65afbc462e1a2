"""What a study gives to a paper: the paragraph of methods, its literature, figures by a column's width, all data."""
