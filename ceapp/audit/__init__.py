"""The append-only record of deeds. Entries hold ids and a deed, no names and no free text, and no foreign keys."""
