"""TDL: drawn layers, prompts and exact motion to train and judge the model with."""
