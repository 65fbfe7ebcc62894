"""How long records are kept: the rules, and what they say of the records of this server today. Nothing is deleted here."""
