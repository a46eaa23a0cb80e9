"""DMDL: the model that makes motion from a still layer and a prompt.

Text (`words`, `text`) and latents of all layers (`autoencoder`) meet in one diffusion transformer (`transformer`);
`field` is what the autoencoder decodes to. Source: Li et al., *Animated-ART: Multi-Layer Transparent Video Generation*
(CVPR 2026 Findings); the motion decoder is our own (docs/model.md).
"""
