"""Codecs write frames into files. To add one: a file here, a line in `CODECS`, a YAML in presets/export."""
