"""What faces share: the frame of every page, its parts, and the declaration that each endpoint has to carry."""
