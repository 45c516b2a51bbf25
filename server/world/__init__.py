"""The live state of one district: what it is, how it changes, and who sees what of it. Pure."""
