"""Tables as people keep them: text in any usual form, spreadsheets, and where the names of their columns stand."""
