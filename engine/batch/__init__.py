"""`art batch`: many designs, item by item: what to do (`jobs`), what was done (`record`), who does it (`engine`)."""
