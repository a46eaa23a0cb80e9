"""Layout text: words mean what they say, limits hold, and every refusal says where and why."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput, MissingInput
from engine.layout.source import MAX_NODES, plain_scalar, read_source, read_text

HERE = Path("motion.yaml")
LETTERS = st.characters(exclude_categories=["Cs", "Cc"])


def data(text: str) -> Any:
    return read_source(text).data


def refusal(text: str) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_source(text, HERE)
    return caught.value


def test_words_mean_what_they_say() -> None:
    assert data("a: No\nb: 1:30\nc: on\nd: 2001-01-01\ne: 1_000\nf: 0777\ng: =") == {
        "a": "No", "b": "1:30", "c": "on", "d": "2001-01-01", "e": "1_000", "f": 777, "g": "=",
    }  # fmt: skip
    assert data("a: true\nb: 1.5e3\nc: 0x1F\nd: 0o17\ne: ~\nf: 'true'\ng: \"1\"\nh: -3\ni:") == {
        "a": True, "b": 1500.0, "c": 31, "d": 15, "e": None, "f": "true", "g": "1", "h": -3, "i": None,
    }  # fmt: skip
    assert data("1: one\ntrue: yes\nNo: no") == {"1": "one", "true": "yes", "No": "no"}


def test_places_of_keys_and_values() -> None:
    source = read_source("version: 1\nlayers:\n  - layer: A\n    in: {motion: rise}\n  - {layer: B}\n", HERE)
    assert str(source.where("layers", 0, "in", "motion")) == "motion.yaml:4:18"
    assert str(source.where("layers", 0, "in", "motion", key=True)) == "motion.yaml:4:10"
    assert str(source.where("layers", 1, "layer", key=True)) == "motion.yaml:5:6"
    assert str(source.where("layers", 1)) == "motion.yaml:5:5"
    assert str(source.where("layers", 1, "nothing", "here")) == "motion.yaml:5:5"


def test_aliases_are_expanded_and_point_at_their_anchor() -> None:
    source = read_source("a: &x {b: 1}\nc: *x\n", HERE)
    assert source.data == {"a": {"b": 1}, "c": {"b": 1}}
    assert str(source.where("c", "b")) == "motion.yaml:1:11"


# text -> where, what it says
REFUSED = [
    ("", "motion.yaml:1:1", "empty"),
    ("# only a comment\n", "motion.yaml:1:1", "empty"),
    ("null\n", "motion.yaml:1:1", "empty"),
    ("- a\n- b\n", "motion.yaml:1:1", "this one is a list"),
    ("hello\n", "motion.yaml:1:1", "this one is a single value"),
    ("a:\n\t- b\n", "motion.yaml:2:1", "a tab"),
    ("a:\n  b: 1\n\tc: 2\n", "motion.yaml:3:1", "a tab"),
    ("a: 'x", "motion.yaml:1:4", "never closed"),
    ("a: [1, 2\nb: 3\n", "motion.yaml:2:2", "closing bracket"),
    ("layers:\n  - layer: *\n", "motion.yaml:2:12", "needs quotes"),
    ("a: @x\n", "motion.yaml:1:4", "needs quotes"),
    ("a: b: c\n", "motion.yaml:1:5", "colon too many"),
    ("a: 1\n b: 2\n", "motion.yaml:2:3", "colon too many"),
    ("a:\n  - 1\n - 2\n", "motion.yaml:3:2", "not indented"),
    ('a: "\\q"\n', "motion.yaml:1:6", "backslash"),
    ("---\na: 1\n---\nb: 1\n", "motion.yaml:4:1", "second one starts"),
    ("a: *x\n", "motion.yaml:1:4", "no anchor"),
    ("a: &a [1, *a]\n", "motion.yaml:1:11", "inside its own anchor"),
    ("a: \x00\n", "motion.yaml:1:4", "control character 0x00"),
    ("a: 1\nb: \x1b[31m\n", "motion.yaml:2:4", "control character 0x1b"),
    ("a: " + "[" * 40, "motion.yaml:1:35", "deeper than 32"),
    ("#" * 1_000_001, "motion.yaml", "larger than 1 MB"),
]


@pytest.mark.parametrize(("text", "where", "says"), REFUSED, ids=[says for _, _, says in REFUSED])
def test_refusals_say_where_and_why(text: str, where: str, says: str) -> None:
    error = refusal(text)
    assert str(error.where) == where
    assert says in error.message


# problems that reading goes on after
@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", "motion.yaml:3:1", "'a' is given twice, first in line 1"),
        ("a: !secret x\n", "motion.yaml:1:4", "tags such as '!secret'"),
        ("a: !!python/object:os.system x\n", "motion.yaml:1:4", "tags such as"),
        ("b: {}\n<<: {a: 1}\n", "motion.yaml:2:1", "merge keys"),
        ("? [a]\n: 1\n", "motion.yaml:1:3", "a key is a single word"),
    ],
)
def test_problems_are_collected(text: str, where: str, says: str) -> None:
    (problem,) = read_source(text, HERE).problems
    assert str(problem.where) == where
    assert says in problem.message


def bomb(levels: int, width: int) -> str:
    lines = ["a0: &a0 [" + ", ".join(["x"] * width) + "]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("text", [bomb(30, 9), bomb(12, 100), "a: &a [" + "x," * 9000 + "]\nb: [" + "*a," * 9000 + "]"])
def test_an_alias_bomb_fails_fast(text: str) -> None:
    begun = time.process_time()
    assert f"more than {MAX_NODES}" in refusal(text).message
    assert time.process_time() - begun < 1.0


def test_depth_counts_through_aliases() -> None:
    deep = "a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 20 + "*a" + "]" * 20 + "\n"
    assert "deeper than 32" in refusal(deep).message


@pytest.mark.parametrize("text", ["[" * 900_000, "{" * 900_000, "- " * 400_000, "a: " + "? " * 300_000])
def test_deep_text_does_not_exhaust_the_stack(text: str) -> None:
    refusal(text)


def test_json_with_tabs_and_escapes() -> None:
    value = {"version": 1, "layers": [{"layer": 'Größe 😀 \u2028 \\ " / No'}], "x": [1.5, -2, True, None, 1e-7]}
    for indent in (None, 2, "\t"):
        for ascii_only in (True, False):
            source = read_source(json.dumps(value, indent=indent, ensure_ascii=ascii_only))
            assert source.data == value
            assert not source.problems
    assert str(read_source('{\n\t"a": {\n\t\t"b": 1}}', HERE).where("a", "b")) == "motion.yaml:3:8"


@given(
    st.dictionaries(
        st.text(LETTERS, min_size=1, max_size=40).filter(lambda key: key != "<<"),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(LETTERS),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            max_leaves=10,
        ),
        max_size=4,
    )
)
def test_any_json_reads_as_json_does(value: Any) -> None:
    assert read_source(json.dumps(value)).data == value


@given(st.text(max_size=60))
def test_any_text_is_data_or_a_clear_error(text: str) -> None:
    try:
        read_source(text, HERE)
    except BadInput as caught:
        error = caught
    else:
        return
    assert error.where is not None
    assert len(error.message) > 10


@given(st.integers(-(10**20), 10**20))
def test_integers(value: int) -> None:
    assert plain_scalar(str(value)) == value


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "motion.yaml"
    with pytest.raises(MissingInput):
        read_text(path)
    with pytest.raises(MissingInput):
        read_text(tmp_path)
    text = "version: 1\nlayers: [{layer: Größe}]\n"
    for encoded in (
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        text.encode("utf-16"),
        text.replace("\n", "\r\n").encode(),
    ):
        path.write_bytes(encoded)
        source = read_source(read_text(path), path)
        assert source.data == {"version": 1, "layers": [{"layer": "Größe"}]}
        assert source.where("layers").line == 2
    for garbage in (b"8BPS\x00\x01\xff\xfe", b"\x89PNG\r\n\x1a\n", b"\xff\xfe\x00\xd8"):
        path.write_bytes(garbage)
        with pytest.raises(BadInput, match="not a text file"):
            read_source(read_text(path), path)
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(BadInput, match="larger than 1 MB"):
        read_text(path)
