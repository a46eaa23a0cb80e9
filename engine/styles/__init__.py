"""What art chooses where nobody said what moves: roles, styles, taste."""
