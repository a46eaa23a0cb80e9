"""Just enough English grammar for prompts: verb endings, plurals, articles."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

Ending = Literal["base", "third", "ing"]

_THIRD = {"be": "is", "have": "has"}
_ING = {"be": "being", "die": "dying", "lie": "lying", "travel": "travelling", "quit": "quitting", "jelly": "jellying"}
_NOT_PLURAL = frozenset(
    [
        "glass",
        "grass",
        "compass",
        "canvas",
        "gas",
        "bus",
        "cactus",
        "octopus",
        "lens",
        "iris",
        "walrus",
        "chess",
        "dress",
        "cross",
    ]
)
_PLURAL = frozenset(
    ["people", "children", "men", "women", "geese", "mice", "fish-school", "sheep", "feet", "teeth", "leaves"]
)


@cache
def third_person(verb: str) -> str:
    """ "carry" -> "carries"."""
    if verb in _THIRD:
        return _THIRD[verb]
    if re.search(r"(s|x|z|ch|sh|[^aeiou]o)$", verb):
        return verb + "es"
    return verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + "s"


@cache
def participle(verb: str) -> str:
    """ "bob" -> "bobbing", "rise" -> "rising"."""
    if verb in _ING:
        return _ING[verb]
    if re.search(r"[^eoy]e$", verb):
        return verb[:-1] + "ing"
    return verb + verb[-1] + "ing" if re.fullmatch(r"[^aeiou]*(?:u(?=i))?[aeiou][^aeiouwxy]", verb) else verb + "ing"


@cache
def conjugated(phrase: str, ending: Ending, plural: bool = False) -> str:
    """A verb phrase with its first word and every word marked "+" bent: "rise and +fall" -> "rises and falls"."""
    return re.sub(r"^([\w-]+)|\+(\w+)", lambda found: _bent(found[1] or found[2], ending, plural), phrase)


def _bent(verb: str, ending: Ending, plural: bool) -> str:
    if ending == "ing":
        return participle(verb)
    if ending == "base":
        return verb
    return ("are" if verb == "be" else verb) if plural else third_person(verb)


@cache
def is_plural(noun: str) -> bool:
    """Whether the last word of a noun phrase, before any "of", "on" or "with", is a plural."""
    head = re.split(r" (?:of|on|with|in|and|at|from|under) ", noun)[0].split(" ")[-1].lower()
    return head in _PLURAL or (head.endswith("s") and not head.endswith(("ss", "us", "is")) and head not in _NOT_PLURAL)


def with_article(phrase: str) -> str:
    """ "elastic pop" -> "an elastic pop"."""
    vowel = phrase[:1].lower() in "aeiou" and not re.match(r"uni|use|one|eu|u-", phrase.lower())
    return f"{'an' if vowel else 'a'} {phrase}"
