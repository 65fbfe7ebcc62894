"""What keeps the server: backups and restoring, the doctor, health and metrics, the operator's page."""
