"""Functions of numpy and scipy.special element by element, as every exporter knows them."""
