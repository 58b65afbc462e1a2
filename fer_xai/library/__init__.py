"""What `import fer_xai` gives: the program's parts as functions, for notebooks and scripts; no config is composed."""
