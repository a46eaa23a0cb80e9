"""How well prompts are followed and artwork is kept, measured on exported alpha videos alone."""
