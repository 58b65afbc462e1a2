"""Faces in: where images, labels, subjects and folds come from."""
