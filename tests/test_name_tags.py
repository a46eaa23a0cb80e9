"""Tags in layer names: what is a tag, what stays a name, and what the items say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.name_tags import FLAGS, SLOTS, Tag, misspelt, parse_tags, split_tags

MOTIONS = {"bob", "rise", "fade", "spin", "ken-burns"}


def split(raw: str) -> tuple[str, str]:
    return split_tags(raw, MOTIONS.__contains__)


@pytest.mark.parametrize(
    ("raw", "name", "tags"),
    [
        ("Balloon [bob 2s]", "Balloon", "[bob 2s]"),
        ("Title [in:rise out:fade]", "Title", "[in:rise out:fade]"),
        ("Title [in: rise, out :fade 400ms]", "Title", "[in: rise, out :fade 400ms]"),
        ("Guide [ignore]", "Guide", "[ignore]"),
        ("Icon set [merge]", "Icon set", "[merge]"),
        ("Balloon[BOB 2S 4%]", "Balloon", "[BOB 2S 4%]"),
        ("[hold] Sky", "Sky", "[hold]"),
        ("Sky [hold] two [in:rise]", "Sky two", "[hold] [in:rise]"),
        ("[bob]", "", "[bob]"),
        ("[in:rize]", "", "[in:rize]"),  # a misspelt tag: resolving it names the mistake
        ("Wheel [spin 12f 0.25turn]", "Wheel", "[spin 12f 0.25turn]"),
        ("Photo [ken-burns]", "Photo", "[ken-burns]"),
        ("photo [1] [bob]", "photo [1]", "[bob]"),
        ("気球 [bob 2s]", "気球", "[bob 2s]"),
    ],
)
def test_tags_are_cut_off(raw: str, name: str, tags: str) -> None:
    assert split(raw) == (name, tags)


@pytest.mark.parametrize(
    "raw",
    [
        "photo [1]",
        "[2x]",
        "Layer [copy]",
        "Hand [left]",
        "[]",
        "[ ]",
        "bob",
        "[bob",
        "bob]",
        "[[bob]]",
        "[bob [fade]]",
        "[2s]",  # a time without a motion
        "[bob 2s 3s]",
        "[bob 4% 5%]",
        "[hold 2s]",
        "[bob 2]",  # a bare number could be anything
        "[bob 0s]",
        "[bob -2s]",
        "[bob left]",
        "[up:rise]",
        "[in:]",
        "[in:in:rise]",
        "  padded  ",
        "",
    ],
)
def test_other_brackets_stay_in_the_name(raw: str) -> None:
    assert split(raw) == (raw, "")


def test_items() -> None:
    assert parse_tags("[in:rise 600ms 12px out:fade] [ignore] [Bob 2S]") == (
        Tag(slot="in", motion="rise", time="600ms", amount="12px"),
        Tag(slot="out", motion="fade"),
        Tag(flag="ignore"),
        Tag(motion="bob", time="2s"),
    )
    assert parse_tags("") == ()
    with pytest.raises(ValueError, match="neither ignore, merge, hold nor a motion"):
        parse_tags("[?]")


motions = st.sampled_from(sorted(MOTIONS))
times = st.sampled_from(["2s", "0.5s", "500ms", "12f", ".25s"])
amounts = st.sampled_from(["4%", "-12px", "15deg", "0.25turn", "+.5%"])
items = st.one_of(
    st.builds(Tag, flag=st.sampled_from(sorted(FLAGS))),
    st.builds(
        Tag,
        motion=motions,
        slot=st.none() | st.sampled_from(sorted(SLOTS)),
        time=st.none() | times,
        amount=st.none() | amounts,
    ),
)


def written(item: Tag) -> str:
    if item.flag:
        return item.flag
    words = [f"{item.slot}:{item.motion}" if item.slot else item.motion, item.time, item.amount]
    return " ".join(filter(None, words))


@given(st.text(st.characters(exclude_characters="[]"), max_size=20), st.lists(items, min_size=1, max_size=4))
def test_what_is_written_is_read_back(name: str, wanted: list[Tag]) -> None:
    tags = "[" + " ".join(map(written, wanted)) + "]"
    assert split(f"{name} {tags}") == (name.strip(), tags)
    assert parse_tags(tags) == tuple(wanted)


@given(st.lists(st.sampled_from(["[", "]", " ", ":", "in", "bob", "hold", "2s", "x"]), max_size=16).map("".join))
def test_any_name_splits_once_and_for_all(raw: str) -> None:
    name, tags = split(raw)
    parse_tags(tags)
    assert split(name) == (name, "")
    assert sorted((name + tags).replace(" ", "")) == sorted(raw.replace(" ", ""))  # nothing is lost


def test_a_delay_waits_before_its_motion() -> None:
    tags = parse_tags("[in:rise 600ms +200ms out:fade +1s]")
    assert [(tag.motion, tag.time, tag.delay) for tag in tags] == [("rise", "600ms", "200ms"), ("fade", None, "1s")]
    with pytest.raises(ValueError, match="second of its kind"):
        parse_tags("[in:rise +1s +2s]")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Sun [bobb 2s]", "bob"),
        ("Sun [spn 0.5turn]", "spin"),
        ("Sun [spinn]", "spin"),
        ("Guide [ingore]", "ignore"),
        ("Icon [bob fadee]", "fade"),
        ("Sun [qqqqqq 2s]", ""),
        *((name, None) for name in ("photo [1]", "x [final v2]", "x [copy]", "x [bold]", "x [flat]", "x [left]")),
        *((name, None) for name in ("x [2x]", "x [hold on", "x []", "x [back]", "plain")),
    ],
)
def test_misspelt_tags_are_told_from_names(name: str, near: str | None) -> None:
    assert misspelt(name, MOTIONS) == near
