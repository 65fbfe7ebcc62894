"""Where everybody stands, computed from attempts."""
