"""How the shipped weights are trained: autoencoder, then transformer, on data that `engine.dataset` draws."""
