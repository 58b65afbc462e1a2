"""Drawn faces: people, expressions made from action units, landmarks and resting pictures, without any asset."""
