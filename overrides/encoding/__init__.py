"""Data from outside as the one tensor that a module takes, without scikit-learn: loaded artifacts encode by it too."""
