"""Who is there? Lists from many sources become persons and households."""
