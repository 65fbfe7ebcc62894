"""Rules of this project that no linter knows; `make check` runs them."""
