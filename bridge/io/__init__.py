"""Files that users have: models and rows."""
