"""What the provider's administrators do for people."""
