"""Import, contraction and matrices measured beside scipy on the same graphs."""
