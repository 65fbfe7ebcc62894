"""The licences that people hold: what boards know them by. They are printed on certificates and asked for in reports."""
