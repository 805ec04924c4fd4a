"""How fast the product is, measured from outside; it is started by `make bench` and imported by nobody."""
