"""The reference's admin program (gwadmin) in a terminal against a real program."""
