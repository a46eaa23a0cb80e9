"""Prompts: every wish can be said, in many ways, in grammatical words that mean that wish and no other."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter

import pytest

from engine.dataset.inflection import conjugated, is_plural, participle, third_person, with_article
from engine.dataset.prompts import write, write_scene
from engine.dataset.wish import BASIC, KINDS, PART_KINDS, Action, Level, Wish
from engine.dataset.wordings import FORMS, Split, cores, told_in, wordings

LEVELS: tuple[Level, ...] = (-1, 0, 1)
SPLITS: tuple[Split, ...] = ("train", "test")
RELATIONS = ("unrelated", "shadow", "hat", "follow", "together", "orbit", "waves", "reveal")
OPPOSITES = (("in_left", "in_right"), ("in_top", "in_bottom"), ("out_left", "out_right"), ("out_top", "out_bottom"))


def many(wish: Wish, count: int = 300, split: Split = "train") -> list[str]:
    rng = random.Random(3)
    return [write(wish, rng, split).lower() for _ in range(count)]


def plain(text: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", text.lower()).strip()


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_and_level_writes(kind: str, split: Split) -> None:
    rng = random.Random(0)
    for speed, strength in itertools.product(LEVELS, LEVELS):
        for subject in ("", "paper lantern", "clouds"):
            for _ in range(12):
                text = write(Wish(subject, (Action(kind, speed, strength),)), rng, split)
                assert text
                assert not re.search(r"[{}|~+]|  | ,|,,|\.\.|\bNone\b", text), text


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("part", PART_KINDS)
def test_parts_and_pairs_write(part: str, split: Split) -> None:
    rng = random.Random(0)
    moving, whole = Action(part, 1, -1, "tail"), Action("in_left", -1)
    sequences = ((moving,), (whole, moving), (moving, whole), (moving, moving), (whole, Action("bob")), (whole,) * 3)
    for actions, _ in itertools.product(sequences, range(12)):
        for join in ("then", "while"):
            text = write(Wish("cat", actions, "then" if join == "then" else "while"), rng, split)
            assert not re.search(r"[{}|~]|\+\w", text), text
            assert "tail" in text.lower() or moving not in actions


def test_a_drawing_may_have_another_name_but_a_piece_keeps_its_own() -> None:
    others = set(told_in("frames")["things"]["train"]["any"])
    whole = many(Wish("zebra", (Action("bob"),)), 600)
    pieces = many(Wish("zebra", (Action("swing", part="mane"),)), 300)
    unnamed = [text for text in whole if "zebra" not in text and others & set(re.findall(r"[a-z-]+", text))]
    assert 0.01 < len(unnamed) / len(whole) < 0.5
    assert sum("mane" in text for text in pieces) > 0.97 * len(pieces), "but for slips of the pen"
    described = [text for text in pieces if re.search(r"(\w+) mane", text)]
    adjectives = set(told_in("frames")["adjectives"]["train"]["any"])
    assert any(adjectives & set(text.split()) for text in described)


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("relation", RELATIONS)
def test_scenes_write(relation: str, split: Split) -> None:
    rng = random.Random(0)
    for count, _ in itertools.product((1, 2, 3, 6), range(20)):
        wishes = [Wish(f"thing{place}" if place else "", (Action("bounce", 1),)) for place in range(count)]
        assert not re.search(r"[{}|~+]", write_scene(wishes, relation, rng, split))
    with pytest.raises(KeyError):
        write_scene([Wish("", (Action("bob"),))], "unheard of", rng, split)


def test_scenes_agree_with_many() -> None:
    rng = random.Random(0)
    told = " ".join(
        write_scene([Wish("waves", (Action("wave"),)), Wish("boats", (Action("bob"),))], "waves", rng)
        for _ in range(99)
    )
    assert not re.search(r"the (waves|boats) (rolls|rides|bobs|is|goes)\b", told)
    assert re.search(r"the boats (ride|bob|rock)\b", told)


@pytest.mark.parametrize("kind", KINDS)
def test_wordings_are_many(kind: str) -> None:
    assert sum(len(wordings(kind, "train", form)) for form in FORMS) >= (90 if kind in BASIC else 60)
    assert sum(len(wordings(kind, "test", form)) for form in FORMS) >= 12


def test_no_wording_of_test_is_trained_and_no_two_kinds_share_one() -> None:
    owner: dict[str, str] = {}
    for kind in KINDS:
        train, test = ({plain(core) for core in cores(kind, split)} for split in SPLITS)
        assert not train & test, kind
        for core in train | test:
            assert owner.setdefault(core, kind) == kind, core


def test_manner_and_frames_of_test_are_their_own() -> None:
    for name in ("manner", "frames", "scenes"):
        for key, told in told_in(name).items():
            for form, words in told.get("test", {}).items():
                shared = set(words) & set(told["train"].get(form, ())) - {"", "it"}
                assert form == "plain" or not shared, (name, key, shared)


def test_parts_of_test_are_their_own() -> None:
    for kind in PART_KINDS:
        told = told_in("parts")[kind]
        assert not {*told["train"]["verbs"], *told["train"]["nouns"]} & {*told["test"]["verbs"], *told["test"]["nouns"]}


@pytest.mark.parametrize("split", SPLITS)
def test_turn_sense_is_never_contradicted(split: Split) -> None:
    right = " ".join(many(Wish("logo", (Action("spin_cw"),)), 600, split))
    left = " ".join(many(Wish("logo", (Action("spin_ccw"),)), 600, split))
    assert not re.search(
        r"counter|anti|ccw|to the left|leftward|revers|backward|against|opposite|unscrew|left-h", right
    )
    assert not re.search(r"(?<!counter)(?<!counter-)(?<!counter )(?<!anti)(?<!anti-)(?<!anti )clockwise|\bcw\b", left)
    assert not re.search(r"to the right|rightward|right-h", left)


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize(("one", "other"), OPPOSITES)
def test_sides_are_never_contradicted(one: str, other: str, split: Split) -> None:
    for kind, wrong in ((one, other), (other, one)):
        way, side = wrong.split("_")
        for text in many(Wish("logo", (Action(kind),)), 300, split):
            text = text.replace("from right to left", "").replace("from left to right", "")
            assert not re.search(rf"\b{'from' if way == 'in' else '(off|over|past|to)'} (the )?{side}\b", text), text


@pytest.mark.parametrize("split", SPLITS)
def test_levels_are_said_and_never_contradicted(split: Split) -> None:
    fast, slow = r"fast|quickly|rapid|swift|(?<!un)hurriedly", r"slow(ly)?\b|leisurely|lazily"
    levels: tuple[tuple[Level, str], ...] = ((-1, fast), (1, slow))
    for level, wrong in levels:
        for kind in ("bob", "spin_ccw", "in_top", "fade_out"):
            told = many(Wish("logo", (Action(kind, level),)), 200, split)
            assert not [text for text in told if re.search(wrong, text)]
    soft = many(Wish("logo", (Action("shake", 0, -1),)), 200, split)
    assert not [text for text in soft if re.search(r"violent|strong|wildly|(?<!n\w{6} )dramatic|powerful", text)]


@pytest.mark.parametrize("kind", KINDS)
def test_prompts_vary(kind: str) -> None:
    told = many(Wish("paper lantern", (Action(kind),)), 400)
    assert len(set(told)) >= 250
    assert Counter(told).most_common(1)[0][1] <= 20


def test_same_state_same_words() -> None:
    wish = Wish("kite", (Action("in_left", 1), Action("swing", 0, 1, "tail")), "then")
    assert many(wish, 50) == many(wish, 50)


def test_stillness_has_no_pace() -> None:
    told = " ".join(many(Wish("logo", (Action("still", 1, 1),)), 400))
    assert not re.search(r"quickly|fast|strongly|wildly|in a loop", told)


def test_no_slips_with_names() -> None:
    told = " ".join(many(Wish("clouds", (Action("bob"),)), 500))
    assert not re.search(r"clouds (bobs|floats|is|rises)\b", told)
    assert not re.search(
        r"\ba [aeio]\w|lantern (bob|float|hover)\b(?! )", " ".join(many(Wish("owl", (Action("pop"),))))
    )


def test_inflection() -> None:
    told = [
        (third_person(verb), participle(verb)) for verb in ("bob", "rise", "carry", "go", "lie", "be", "see", "flex")
    ]
    assert told == [
        ("bobs", "bobbing"), ("rises", "rising"), ("carries", "carrying"), ("goes", "going"),
        ("lies", "lying"), ("is", "being"), ("sees", "seeing"), ("flexes", "flexing"),
    ]  # fmt: skip
    assert [participle(verb) for verb in ("spin", "swing", "sway", "enter", "twirl", "appear", "glow", "squidge")] == [
        "spinning", "swinging", "swaying", "entering", "twirling", "appearing", "glowing", "squidging",
    ]  # fmt: skip
    assert conjugated("rise and +fall", "third") == "rises and falls"
    assert conjugated("rise and +fall", "third", plural=True) == "rise and fall"
    assert [is_plural(noun) for noun in ("clouds", "glass", "word SALE", "leaves", "string of lamps")] == [
        True, False, False, True, False,
    ]  # fmt: skip
    assert with_article("unicorn hop") == "a unicorn hop"
    assert with_article("elastic pop") == "an elastic pop"
