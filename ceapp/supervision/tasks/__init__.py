"""The trainee's side: one's own assignments, releasing a pass, the training record."""
