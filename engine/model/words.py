"""Words as vectors: the frozen table that prompts are read with, and the tokenizer that finds its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..errors import Unavailable, Where
from ..weights.state import load_state, save_state

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WORDS_FILE = Path(__file__).parent.parent / "bundled" / "words.safetensors"
PAD, UNKNOWN = "[PAD]", "[UNK]"
_MAX_LETTERS = 20_000  # 64 pieces never need more; keeps a book given as a prompt cheap


@dataclass(frozen=True, eq=False)
class Words:
    """A frozen table: row i of `vectors` (v, 192) float32 belongs to piece i; row 0 is padding and zero.

    All other rows have root mean square 1. Pieces are WordPieces in lower case without accents, "##" continues a word.
    """

    vectors: Tensor
    pieces: tuple[str, ...]

    def ids(self, texts: Sequence[str], limit: int = 64) -> Tensor:
        """(b, m) int64 rows, m the longest text's count (1 to `limit`); padded with 0, cut after `limit` pieces.

        A text without any piece (empty, blank) is one [UNK], so that there is always something to attend to.
        """
        found = [self._pieces_of(text)[:limit] or [self._unknown] for text in texts]
        longest = max((len(row) for row in found), default=1)
        table = torch.zeros(len(found), longest, dtype=torch.int64)
        for row, ids in zip(table, found, strict=True):
            row[: len(ids)] = torch.tensor(ids)
        return table

    def _pieces_of(self, text: str) -> list[int]:
        legible = text[:_MAX_LETTERS].encode("utf-8", "ignore").decode()  # lone surrogates are no text
        found: list[int] = self._tokenizer.encode(legible, add_special_tokens=False).ids
        return found

    @property
    def _unknown(self) -> int:
        return self.pieces.index(UNKNOWN)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        """The uncased BERT tokenizer: lower case, accents off, split at spaces, punctuation and CJK, longest match."""
        from tokenizers import Tokenizer
        from tokenizers.models import WordPiece
        from tokenizers.normalizers import BertNormalizer
        from tokenizers.pre_tokenizers import BertPreTokenizer

        rows = {piece: row for row, piece in enumerate(self.pieces)}
        tokenizer = Tokenizer(WordPiece(rows, unk_token=UNKNOWN))
        tokenizer.normalizer = BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = BertPreTokenizer()
        return tokenizer


def load_words(path: Path | None = None) -> Words:
    """The table from a file, by default the one that comes with art. Raises Unavailable as `load_state` does."""
    source = path or WORDS_FILE
    tensors, _ = load_state(source)
    if not {"vectors", "vocabulary"} <= set(tensors):
        raise Unavailable("not a table of words", hint="give the words.safetensors of the model", where=Where(source))
    pieces = tuple(bytes(tensors["vocabulary"].numpy()).decode("utf-8").split("\n"))
    if len(pieces) != len(tensors["vectors"]) or pieces[0] != PAD or UNKNOWN not in pieces:
        raise Unavailable("vectors and vocabulary do not belong together", hint="get it again", where=Where(source))
    return Words(tensors["vectors"], pieces)


def pack_words(path: Path, words: Words, metadata: Mapping[str, str]) -> None:
    """Write a table: int8 rows with one scale each, and the vocabulary as text, one piece a line."""
    text = torch.frombuffer(bytearray("\n".join(words.pieces).encode()), dtype=torch.uint8)
    tensors = {"vectors": words.vectors, "vocabulary": text}
    save_state(path, tensors, metadata, quantise=lambda name: name == "vectors")
