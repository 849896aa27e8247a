"""A file or package for each module of scikit-learn, under its name."""
