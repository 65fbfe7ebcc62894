"""Reporting completions to CE Broker: what is to be reported where, the files for its upload, and what became of each line."""
