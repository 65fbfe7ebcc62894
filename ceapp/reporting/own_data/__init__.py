"""Everything about oneself as one file: which rows are a person's, what of them is given, and what is left out and why."""
