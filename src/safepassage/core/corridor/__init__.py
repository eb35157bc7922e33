"""Which way out, at what risk? Roads, control and hazards become corridors and matrices."""
