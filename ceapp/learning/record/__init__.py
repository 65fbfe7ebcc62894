"""The record of a person: opened by an administrator with a reason, and each attempt as it was."""
