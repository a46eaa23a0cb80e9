"""The engine: read document -> read layout -> plan -> animate -> composite -> export. See docs/architecture.md."""

__version__ = "0.1.0"
