"""A board's reviewer, who sees one course whole until a day: every scene, the key, the forms, a specimen, the dossier. Nothing else."""
