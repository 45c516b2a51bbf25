"""Pure rules, decided like everything else; so far empty but for its place in the house."""
