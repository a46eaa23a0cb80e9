"""The bundled word vectors: what rows mean, what the tokenizer does with any text, and that close words are close."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.errors import Unavailable
from engine.model.words import UNKNOWN, WORDS_FILE, Words, load_words, pack_words


@pytest.fixture(scope="module")
def words() -> Words:
    return load_words()


def cosine(words: Words, a: str, b: str) -> float:
    rows = F.normalize(words.vectors[words.ids([a, b])].mean(1), dim=1)  # (2, m, 192) -> (2, 192)
    return float(rows[0] @ rows[1])


def nearest(words: Words, word: str, count: int) -> set[str]:
    table = F.normalize(words.vectors, dim=1)
    return {words.pieces[i] for i in (table @ table[words.ids([word])[0, 0]]).topk(count + 1).indices[1:]}


def test_rows_have_root_mean_square_one_and_padding_is_zero(words: Words) -> None:
    assert words.vectors.shape == (len(words.pieces), 192)
    assert words.vectors.dtype == torch.float32
    assert not words.vectors[0].any()
    assert words.vectors[1:].square().mean(1).sqrt() == pytest.approx(1, abs=0.01)


def test_the_file_is_small() -> None:
    assert WORDS_FILE.stat().st_size < 7_000_000


def pieces(words: Words, row: Tensor) -> list[str]:
    return [words.pieces[i] for i in row if i]


def test_a_text_becomes_pieces_whatever_its_case_and_accents(words: Words) -> None:
    rows = words.ids(["The Balloon SWAYS counterclockwise!", "thé balloon sways counterclockwise!"])
    assert rows[0].tolist() == rows[1].tolist()
    assert pieces(words, rows[0]) == ["the", "balloon", "sway", "##s", "counter", "##cl", "##ock", "##wise", "!"]


def test_short_rows_are_padded_and_long_ones_cut(words: Words) -> None:
    rows = words.ids(["spin", "spin " * 5000], limit=8)
    assert rows.shape == (2, 8)
    assert rows.dtype == torch.int64
    assert (rows != 0).sum(1).tolist() == [1, 8]
    assert words.ids(["spin " * 5000]).shape == (1, 64)


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\udc80"])
def test_a_text_without_words_is_one_unknown(words: Words, text: str) -> None:
    assert pieces(words, words.ids([text])[0]) == [UNKNOWN]


@pytest.mark.parametrize(
    "text", ["Der Ballon schwebt", "気球が揺れる", "🎈", "[PAD] [CLS] [UNK]", "x" * 10_000, "\x00\x1b[31m"]
)
def test_any_text_gives_at_least_one_row(words: Words, text: str) -> None:
    row = words.ids([text])[0]
    assert 1 <= (row != 0).sum() <= 64
    assert row.max() < len(words.pieces)


def test_no_texts_are_no_rows(words: Words) -> None:
    assert len(words.ids([])) == 0


def test_related_words_are_near(words: Words) -> None:
    assert {"spins", "spinning", "rotate"} <= nearest(words, "spin", 8)
    assert {"rapidly", "fast"} <= nearest(words, "quickly", 8)
    assert {"flickering", "blinking"} <= nearest(words, "flicker", 8)
    assert {"softly", "carefully"} <= nearest(words, "gently", 8)


@pytest.mark.parametrize(
    ("a", "b"), [("left", "right"), ("clockwise", "counterclockwise"), ("up", "down"), ("fades in", "fades out")]
)
def test_opposites_can_be_told_apart(words: Words, a: str, b: str) -> None:
    assert cosine(words, a, b) < 0.8


def test_a_table_survives_packing(tmp_path: Path) -> None:
    table = Words(torch.cat([torch.zeros(1, 192), torch.randn(2, 192)]), ("[PAD]", UNKNOWN, "spin"))
    pack_words(tmp_path / "words.safetensors", table, {})
    again = load_words(tmp_path / "words.safetensors")
    assert again.pieces == table.pieces
    assert float((again.vectors - table.vectors).abs().max()) < 0.03


def test_another_table_is_refused(tmp_path: Path) -> None:
    table = Words(torch.zeros(3, 192), ("[PAD]", UNKNOWN, "spin", "more"))
    pack_words(tmp_path / "words.safetensors", table, {})
    with pytest.raises(Unavailable, match="belong together"):
        load_words(tmp_path / "words.safetensors")
