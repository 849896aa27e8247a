"""The command line, with what its commands read and show."""
