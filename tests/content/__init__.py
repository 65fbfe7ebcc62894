"""The course that the product ships with, held to what a board and a reader expect of it. Pure: files are read, no application is started."""
