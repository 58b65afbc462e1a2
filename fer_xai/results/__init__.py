"""What is kept: the artefacts of a run and of a study; nothing else touches their files."""
