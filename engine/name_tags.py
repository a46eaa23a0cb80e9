"""Motion in a layer's own name: `Balloon [bob 2s]`, `Title [in:rise out:fade 400ms]`, `Guide [ignore]`.

    tag    = "[" item { (space | ",") item } "]"
    item   = "ignore" | "merge" | "hold" | [ slot ":" ] motion { time | delay | amount }
    slot   = "in" | "loop" | "out"
    time   = a number with s, ms or f            at most one an item: the duration, or the period of a loop
    delay  = "+" and a time                      at most one an item: wait before it, `[in:rise 600ms +200ms]`
    amount = a number with %, px, deg or turn    at most one an item

A bracket that does not parse is no tag and stays in the name: `photo [1]`, `[2x]`, `Layer [copy]`. A motion without a
slot must be a motion somebody knows, because `[left]` and `[fade]` differ in nothing else. After a slot any word
passes: `[in:rize]` is a misspelt tag, not a name, and whoever resolves it can say so. Case does not matter.
Imports its own row for the grammar of times and for words that are near.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from .errors import edit_distance, nearest
from .timing import Time

Slot = Literal["in", "loop", "out"]
Flag = Literal["ignore", "merge", "hold"]

SLOTS: dict[str, Slot] = {"in": "in", "loop": "loop", "out": "out"}
FLAGS: dict[str, Flag] = {"ignore": "ignore", "merge": "merge", "hold": "hold"}

_WORD = re.compile(r"[a-z][a-z0-9-]*")
_AMOUNT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(%|px|deg|turn)")


@dataclass(frozen=True)
class Tag:
    """One item of a bracket: a flag alone, or a motion with what was written beside it."""

    flag: Flag | None = None
    motion: str | None = None  # lower case, not yet looked up
    slot: Slot | None = None  # None: the motion's own choice
    time: str | None = None  # "2s", "400ms", "12f"
    delay: str | None = None  # "200ms"
    amount: str | None = None  # "4%", "12px", "15deg", "0.25turn"


def split_tags(raw: str, is_motion: Callable[[str], object]) -> tuple[str, str]:
    """A layer's name as written -> (public name, tags): `"Balloon [bob 2s]"` -> `("Balloon", "[bob 2s]")`.

    `is_motion` tells, by anything truthy, that a lower-case word names a motion (`presets.find_motion` does). The
    public name is empty when nothing but tags was written; without tags it is `raw`, untouched.
    """
    names: list[str] = []
    tags: list[str] = []
    end = 0
    for start, stop in _brackets(raw):
        if _is_tag(raw[start + 1 : stop - 1], is_motion):
            names.append(raw[end:start].strip())
            tags.append(raw[start:stop])
            end = stop
    if not tags:
        return raw, ""
    names.append(raw[end:].strip())
    return " ".join(filter(None, names)), " ".join(tags)


def parse_tags(tags: str) -> tuple[Tag, ...]:
    """What `split_tags` cut off, as items in the order written. Raises ValueError for anything else."""
    return tuple(item for start, stop in _brackets(tags) for item in _items(tags[start + 1 : stop - 1]))


def misspelt(name: str, motions: Collection[str]) -> str | None:
    """The valid word that a bracket left in a public name was surely meant to have; "" where none is near.

    None when there is no such bracket. A word with a time or an amount, or beside a valid one, is meant as a tag; a
    word alone only when all but one of its letters are those of a motion or flag.
    """
    known = [*motions, *FLAGS]
    for start, stop in _brackets(name):
        try:
            items = _items(name[start + 1 : stop - 1])
        except ValueError:
            continue
        words = [item.motion for item in items if item.motion and item.motion not in known and not item.slot]
        if not words:
            continue
        if len(items) > len(words) or any(item.time or item.delay or item.amount for item in items):
            return nearest(words[0], known) or ""
        if len(items) == 1 and (near := _slip(words[0], known)):
            return near
    return None


_ORDINARY = frozenset({"back", "ounce", "plan", "ring", "side", "shop", "stop", "string", "wing"})  # beside a motion


def _slip(word: str, known: Collection[str]) -> str | None:
    """A word that differs in one letter; in a short word a replaced letter makes another word, `[bold]`, `[slow]`."""
    near = nearest(word, known) if len(word) >= 4 and word not in _ORDINARY else None
    if near is None or edit_distance(word, near) > 1:
        return None
    replaced = len(word) == len(near) and sorted(word) != sorted(near)
    return None if replaced and len(word) < 6 else near


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    """(start, stop) of every closed bracket that lies in no other one."""
    depth = start = 0
    for index, letter in enumerate(text):
        if letter == "[":
            start = start if depth else index
            depth += 1
        elif letter == "]" and depth:
            depth -= 1
            if not depth:
                yield start, index + 1


def _is_tag(inner: str, is_motion: Callable[[str], object]) -> bool:
    try:
        items = _items(inner)
    except ValueError:
        return False
    return all(item.flag or item.slot or (item.motion and is_motion(item.motion)) for item in items)


def _items(inner: str) -> list[Tag]:
    items: list[Tag] = []
    for word in re.sub(r"\s?:\s?", ":", inner.lower()).replace(",", " ").split():
        if word.startswith("+") and _is_time(word[1:]):
            items.append(_with(items, "delay", word[1:]))
        elif _is_time(word):
            items.append(_with(items, "time", word))
        elif _AMOUNT.fullmatch(word):
            items.append(_with(items, "amount", word))
        else:
            items.append(_item(word))
    if not items:
        raise ValueError("an empty bracket is no tag")
    return items


def _with(items: list[Tag], what: Literal["time", "delay", "amount"], word: str) -> Tag:
    """Take the last motion off the list to give it back with a time, a delay or an amount."""
    last = items.pop() if items else Tag()
    if not last.motion or getattr(last, what):
        raise ValueError(f"{word} belongs to no motion, or is the second of its kind")
    if what == "time":
        return replace(last, time=word)
    return replace(last, delay=word) if what == "delay" else replace(last, amount=word)


def _item(word: str) -> Tag:
    if word in FLAGS:
        return Tag(flag=FLAGS[word])
    slot, colon, motion = word.rpartition(":")
    if (colon and slot not in SLOTS) or not _WORD.fullmatch(motion):
        raise ValueError(f"{word!r} is neither {', '.join(FLAGS)} nor a motion")
    return Tag(slot=SLOTS.get(slot), motion=motion)


def _is_time(word: str) -> bool:
    try:
        return Time.parse(word).value > 0
    except ValueError:
        return False
