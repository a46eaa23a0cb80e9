"""Wordings and how they are said: the data in wording/*.json, names of the drawing, speed and strength, typing habits.

A kind's wordings come in forms: `verbs` (first word and words marked "+" are conjugated), `cause` (done to {o}),
`nouns` ("~": no article), `like` (similes), `attr` (before the noun), `raw` (used as they stand). Every other list
of a kind is a slot that its wordings name in braces, such as {turn}. A kind may share the wordings of a `family`.
Nothing of the split "test" occurs in "train"; tests prove it.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from .inflection import Ending, conjugated, is_plural, with_article
from .wish import ONCE, Action

Split = Literal["train", "test"]
Fields = dict[str, Callable[[], str]]
_FILES = ("turn", "float", "lean", "beat", "tremble", "enter", "appear")
FORMS = {"verbs": 40, "nouns": 16, "cause": 14, "raw": 8, "like": 9, "attr": 5}
FIELD = re.compile(r"\{(\w+)(?::(\w+))?\}")
# Wordings that already say a level are kept from wishes that ask for the other one.
_SAYS: dict[tuple[str, int], re.Pattern[str]] = {
    ("speed", -1): re.compile(r"\b(slow\w*|gradual\w*|patient|lento|bit by bit|little by little|drift\w*|slow-\w+)\b"),
    ("speed", 1): re.compile(r"\b(fast|quick\w*|sudden\w*|shoot|swoop|zip|dart|burst\w*|whizz|swoosh|zoom|rocket)\b"),
    ("strength", -1): re.compile(r"\b(small|little|gent\w*|softly|slight\w*|calm|tiny|breez\w*|evenly|bit)\b"),
    ("strength", 1): re.compile(r"\b(wreck\w*|earthquake|gale|extreme|wild\w*|violent\w*|hard|far|big|drill)\b"),
}
_SUDDEN = frozenset(["shake", "flicker", "still", "bounce", "pop", "jelly", "heartbeat"])  # never "smoothly"
_AFTER_ONLY = frozenset(
    ["be", "keep", "have", "do", "make", "take", "go", "give", "show", "start"]
)  # "is slowly ..." reads badly
_AMERICAN = {"centre": "center", "materialise": "materialize", "travelling": "traveling", "draught": "draft"}
_DIRECTIONS = re.compile(
    r"clock|counter|revers|against|opposite|left|right|top|bottom|above|below|up|down|from|out|ward"
)


# --- the wordings -----------------------------------------------------------------------------------------------------


@cache
def told_in(name: str) -> dict[str, Any]:
    text = files(__package__).joinpath("wording", f"{name}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def _kinds() -> dict[str, Any]:
    return {kind: told for name in _FILES for kind, told in told_in(name).items()}


@cache
def wordings(kind: str, split: Split, form: str) -> tuple[str, ...]:
    told = _kinds()[kind]
    own = tuple(told.get(split, {}).get(form, ()))
    return own + wordings(told["family"], split, form) if "family" in told else own


@cache
def slot(kind: str, split: Split, name: str) -> tuple[str, ...]:
    told = _kinds()[kind]
    return tuple(told.get(split, {}).get(name) or told.get("train", {}).get(name, ()))


def cores(kind: str, split: Split) -> Iterator[str]:
    """Every wording of a kind with its slots filled in every way: what the splits must not share."""
    for form in FORMS:
        for wording in wordings(kind, split, form):
            slots = [name for name, _ in FIELD.findall(wording) if slot(kind, split, name)]
            for values in itertools.product(*(slot(kind, split, name) for name in slots)):
                yield filled(wording, {name: say(value) for name, value in zip(slots, values, strict=True)})


def say(text: str) -> Callable[[], str]:
    return lambda: text


def filled(template: str, fields: Fields) -> str:
    """Fields in braces replaced, each asked for only where it stands; unknown ones are left for later."""
    return FIELD.sub(lambda found: fields[found[1]]() if found[1] in fields else found[0], template)


def fits(wording: str, action: Action) -> bool:
    for (scale, level), says in _SAYS.items():
        asked = action.speed if scale == "speed" else action.strength
        if asked == -level and asked and says.search(wording):
            return False
    return bool(action.speed) or action.kind in ("shrink", "orbit") or not re.search(r"\bslow", wording)


# --- names ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Names:
    """How a prompt speaks of its drawing: as the subject, as the object, and as a bare noun."""

    subject: str
    object: str
    noun: str
    plural: bool

    def fields(self) -> Fields:
        one, many = ("it", "its", "itself", "is"), ("they", "their", "themselves", "are")
        it, its, oneself, be = many if self.plural else one
        told = {"s": self.subject, "o": self.object, "n": self.noun, "it": it, "its": its, "self": oneself, "be": be}
        return {name: say(value) for name, value in told.items()}


def named(noun: str, rng: random.Random, split: Split) -> Names:
    if not noun or rng.random() < 0.25:
        generic = rng.choice(told_in("frames")["generic"][split]["names"])
        bare = re.sub(r"^(the|this)( whole)? ?", "", generic)
        return Names(generic, generic, bare if bare not in ("", "it") else rng.choice(("layer", "object")), False)
    plural = is_plural(noun)
    articles = ("these",) if plural else ("this", with_article(noun).split(" ")[0])
    article = rng.choice(("the", "the", "the", "the", "the", "", *articles))
    return Names(f"{article} {noun}".strip(), rng.choice(("the " + noun, f"{article} {noun}".strip())), noun, plural)


def definite(noun: str, unnamed: str = "the other layer") -> Names:
    if not noun:
        return Names(unnamed, unnamed, unnamed.removeprefix("the "), False)
    return Names(f"the {noun}", f"the {noun}", noun, is_plural(noun))


# --- manner: speed and strength ---------------------------------------------------------------------------------------


def tones(action: Action, rng: random.Random) -> list[str]:
    """Names of the lists in wording/manner.json that this action's levels are said with."""
    if action.kind == "still":
        return []
    speed, strength = ("", "fast", "slow")[action.speed], ("", "strong", "gentle")[action.strength]
    if speed and strength and rng.random() < 0.35:
        return [f"{speed}_{strength}"]
    names = [name for name in (speed, strength) if name]
    rng.shuffle(names)
    return names


def neutral(action: Action, rng: random.Random) -> list[str]:
    """Now and then a word that says nothing new: "in a loop", "at a normal speed"."""
    if action.kind == "still":
        return []
    chance = rng.random()
    if chance < 0.10 and action.kind not in ONCE:
        return ["loop"]
    if chance < 0.15 and action.speed == 0:
        return ["any"]
    return ["smooth"] if chance < 0.19 and action.kind not in _SUDDEN and action.strength <= 0 else []


def tone(name: str, place: str, rng: random.Random, split: Split) -> str:
    """One of a list's words for a place of the sentence: before, after, adjective or tag."""
    told = told_in("manner")[name]
    return str(rng.choice(told[split].get(place) or told["train"][place]))


def with_manner(phrase: str, ending: Ending, action: Action, names: Names, rng: random.Random, split: Split) -> str:
    """A verb phrase, bent, with its adverbs before and after: "slowly spins clockwise, with great force"."""
    before, after = "", []
    for name in tones(action, rng):
        if not before and rng.random() < 0.45 and phrase.split(" ")[0] not in _AFTER_ONLY and "{o}" not in phrase:
            before = tone(name, "before", rng, split) + " "
        else:
            after.append(tone(name, "after", rng, split))
    after += [tone(name, "after", rng, split) for name in neutral(action, rng)]
    gap = ", " if len(phrase) > 28 or rng.random() < 0.4 else " "
    bent = filled(conjugated(phrase, ending, names.plural), names.fields())
    if ending == "ing":
        bent = bent.removeprefix("being ")
    return before + bent + "".join((gap if place == 0 else ", ") + words for place, words in enumerate(after))


def noun_phrase(wording: str, action: Action, names: Names, article: bool, rng: random.Random, split: Split) -> str:
    """ "a slow, gentle pendulum swing"; without an article where `article` is False."""
    adjectives = ", ".join(tone(name, "adjective", rng, split) for name in tones(action, rng))
    bare = f"{adjectives} {wording.removeprefix('~')}".strip()
    bare += "".join(", " + tone(name, "after", rng, split) for name in neutral(action, rng))
    return filled(with_article(bare) if article and not wording.startswith("~") else bare, names.fields())


# --- style ------------------------------------------------------------------------------------------------------------


def styled(text: str, rng: random.Random) -> str:
    """Typing habits: capitals, full stops, American spelling, a slip now and then."""
    text = re.sub(r"\ba (?=[aeio](?!ne\b))", "an ", re.sub(r"\s+", " ", text).strip())
    if rng.random() < 0.5:
        for british, american in _AMERICAN.items():
            text = text.replace(british, american)
    if rng.random() < 0.02:
        text = _slip(text, rng)
    text = text[:1].upper() + text[1:] if rng.random() < 0.35 else text
    return text + rng.choices(("", ".", "!"), (66, 32, 2))[0] if text[-1:] not in ".!" else text


def _slip(text: str, rng: random.Random) -> str:
    """Two letters of one long word swapped; never in a word that says where to."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 5 and word.isalpha() and not _sacred(word)]
    if long:
        place = rng.choice(long)
        word, at = words[place], rng.randint(1, len(words[place]) - 3)
        words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def _sacred(word: str) -> bool:
    return bool(_DIRECTIONS.search(word.lower()))
