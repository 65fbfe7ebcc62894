"""The course that the product ships with, held to what a board and a reader expect. Pure: files are read, no application starts."""
