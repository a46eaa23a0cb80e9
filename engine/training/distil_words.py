"""Distils the word vectors that come with art from the sentence encoder all-MiniLM-L6-v2 (Apache-2.0), once.

    python -m engine.training.distil_words MODEL_FOLDER

MODEL_FOLDER holds `model.safetensors` (sha256 below) and `vocab.txt`. Every piece of the vocabulary is sent through the
encoder alone; the vectors are centred and reduced by PCA. The idea of static vectors from a sentence encoder is that of
Model2Vec (Tulkens and van Dongen, 2024); unlike there, rows are not weighted by frequency, since what reads them is
trained and "in" and "out" are among the most frequent words.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from ..model.words import WORDS_FILE, Words, pack_words

SOURCE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
CLS, SEP = 101, 102
HEADS, LAYERS = 12, 6
WIDTH = 192
DROPPED = ("[CLS]", "[SEP]", "[MASK]")


def encode(weights: dict[str, Tensor], ids: Tensor) -> Tensor:
    """ids (b, n) -> the encoder's token outputs (b, n, 384), no padding. BERT: Devlin et al., 2019, post-norm, GELU."""
    table = "embeddings."
    x = weights[table + "word_embeddings.weight"][ids]  # (b, n, 384)
    x = x + weights[table + "position_embeddings.weight"][: ids.shape[1]]
    x = _norm(weights, table + "LayerNorm", x + weights[table + "token_type_embeddings.weight"][0])
    for index in range(LAYERS):
        layer = f"encoder.layer.{index}."
        mixed = _linear(weights, layer + "attention.output.dense", _attend(weights, layer + "attention.self.", x))
        x = _norm(weights, layer + "attention.output.LayerNorm", x + mixed)
        wide = F.gelu(_linear(weights, layer + "intermediate.dense", x))  # (b, n, 1536)
        x = _norm(weights, layer + "output.LayerNorm", x + _linear(weights, layer + "output.dense", wide))
    return x


def _attend(weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    b, n, d = x.shape
    q, k, v = (
        _linear(weights, name + part, x).view(b, n, HEADS, d // HEADS).transpose(1, 2)  # (b, heads, n, d / heads)
        for part in ("query", "key", "value")
    )
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, d)  # (b, n, d)


def _linear(weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.linear(x, weights[name + ".weight"], weights[name + ".bias"])


def _norm(weights: dict[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], weights[name + ".weight"], weights[name + ".bias"], eps=1e-12)


@torch.no_grad()
def alone(weights: dict[str, Tensor], ids: Tensor, batch: int = 1024) -> Tensor:
    """ids (v,) -> (v, 384): the mean over `[CLS] piece [SEP]`, which is how the encoder pools a sentence."""
    edges = torch.tensor([[CLS, SEP]])
    rows = []
    for part in torch.split(ids, batch):
        cls, sep = edges.expand(len(part), 2).unbind(1)
        rows.append(encode(weights, torch.stack([cls, part, sep], 1)).mean(1))  # (b, 3, 384) -> (b, 384)
    return torch.cat(rows)


def reduce(vectors: Tensor, width: int) -> tuple[Tensor, float]:
    """Centred rows (v, d) on their first `width` principal axes, root mean square 1 each; the share of variance kept.

    The mean of all rows says "a piece of text" and nothing else: without it, opposites stand further apart.
    """
    rows = F.normalize(vectors.double(), dim=1)
    rows = rows - rows.mean(0)
    power, axes = torch.linalg.eigh(rows.T @ rows)  # ascending; (d,), (d, d)
    kept = rows @ axes[:, -width:].flip(1)  # (v, width)
    share = float(power[-width:].sum() / power.sum())
    return (F.normalize(kept, dim=1) * width**0.5).float(), share


def distil(folder: Path, out: Path) -> Words:
    """Write the table to `out` and give it back. Raises SystemExit when the source is not the file it should be."""
    from safetensors.torch import load_file

    source = folder / "model.safetensors"
    if hashlib.sha256(source.read_bytes()).hexdigest() != SOURCE_SHA256:
        raise SystemExit(f"{source} is not the released model.safetensors (sha256 {SOURCE_SHA256})")
    pieces = (folder / "vocab.txt").read_text("utf-8").splitlines()
    kept = [i for i, piece in enumerate(pieces) if not piece.startswith("[unused") and piece not in DROPPED]
    vectors, share = reduce(alone(load_file(source), torch.tensor(kept)), WIDTH)
    vectors[0] = 0  # [PAD], the first piece
    facts = {"source": "all-MiniLM-L6-v2", "source_sha256": SOURCE_SHA256, "variance_kept": round(share, 4)}
    words = Words(vectors, tuple(pieces[i] for i in kept))
    pack_words(out, words, {"config": json.dumps(facts), "license": "Apache-2.0"})
    return words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=WORDS_FILE)
    given = parser.parse_args()
    words = distil(given.folder, given.out)
    print(f"{given.out}: {len(words.pieces)} pieces of {WIDTH} values, {given.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
