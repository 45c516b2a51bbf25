"""The bus between nodes. The only place that knows Redis."""
