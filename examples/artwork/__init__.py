"""The four example designs, drawn in code: one file per design, over `drawing` (shapes and paint) and `files`."""
