"""Grievances: a learner complains, administrators look into it, answer, and close it with an outcome."""
