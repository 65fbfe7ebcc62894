"""Looking at one piece of work: choices, reflections, sign-off."""
