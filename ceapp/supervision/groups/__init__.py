"""Trainees whom one assigns to and looks at together."""
