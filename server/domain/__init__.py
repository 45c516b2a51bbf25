"""Pure rules and names of the field. Imports nothing of ours outside this package, no clock, no IO."""
