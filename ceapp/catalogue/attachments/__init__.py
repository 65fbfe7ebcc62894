"""Dated files of a course or of the provider, as approval applications ask for them: kept in the database, never shown in a page."""
