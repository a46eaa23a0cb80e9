"""Wishes in words: what a designer would type for a motion, alone or in a scene, in wordings of one split."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from .inflection import Ending, conjugated, is_plural
from .wish import ONCE, Action, Wish
from .wordings import (
    FIELD,
    FORMS,
    Fields,
    Names,
    Split,
    definite,
    filled,
    fits,
    named,
    neutral,
    noun_phrase,
    say,
    slot,
    styled,
    told_in,
    tone,
    tones,
    with_manner,
    wordings,
)

_PLAIN = 0.42  # share of prompts that say the motion and nothing around it
_OTHERWISE = 0.2  # share of prompts of the whole that call the drawing by another name: wholes have any name
_DESCRIBED = 0.1  # share of names with an adjective, true or not: what a piece is called says which it is
_ASIDE = 0.05  # share of prompts that speak of something that is not there: "like a kite"
_AIRY = frozenset(("sway", "swing", "wave"))  # at home in the wind


def write(wish: Wish, rng: random.Random, split: Split = "train") -> str:
    """A prompt for one layer. The same wish and generator state give the same words."""
    names = named(_called(wish, rng, split), rng, split)
    if len(wish.actions) == 1:
        text = _single(wish.actions[0], names, rng, split)
    elif len(wish.actions) == 2 and not wish.actions[0].part:
        text = _pair(wish.actions[0], wish.actions[1], wish.join, names, rng, split)
    else:
        glue = ", then " if wish.join == "then" else rng.choice((" while ", " and ", ", and at the same time "))
        text = glue.join(_clause(action, names, rng, split) for action in wish.actions)
    text = _agreeing(filled(text, names.fields()), names)
    return styled(_in_scenery(_with_aside(text, rng, split), wish, rng, split), rng)


def write_scene(wishes: Sequence[Wish], relation: str, rng: random.Random, split: Split = "train") -> str:
    """The prompt of a whole scene. wishes[0] is what the others depend on: the jumper (its shadow follows), the head,
    the centre of the orbit, the waves, the passing shape; "follow" and "together" take them in order.

    KeyError for a relation that wording/scenes.json does not know.
    """
    told = told_in("scenes")[relation][split]
    if len(wishes) < 2:
        return write(wishes[0], rng, split)
    if wishes[0].subject.endswith("shadow"):  # layers are listed from the back; sentences begin with who jumps
        wishes = (wishes[1], wishes[0], *wishes[2:])
    text = rng.choice(told["many"] if "many" in told else told["two"])
    many = dict(zip("ab", (names.plural for names in _pair_of(wishes)), strict=True))
    text = filled(_with_verbs(text, many), _scene_fields(wishes, rng, split))
    text = filled(text, definite(wishes[0].subject).fields())
    rest = [_clause(one.actions[0], definite(one.subject), rng, split) for one in wishes[2:]] if "two" in told else []
    text = ", ".join((text.rstrip("."), *rest)) if rest else text
    return styled(f"{rng.choice(told_in('scenes')['prefix'][split]['any'])} {text}", rng)


def write_dependent(wish: Wish, other: Wish, relation: str, rng: random.Random, split: Split = "train") -> str:
    """The prompt of a hat or a shadow in terms of the layer that it goes with."""
    names, its = definite(wish.subject, "it"), definite(other.subject)
    text = rng.choice(told_in("scenes")[relation][split]["layer"])
    many = {"a": its.plural, "b": names.plural}
    text = _with_verbs(text, many)
    if rng.random() < 0.4:  # a layer's prompt need not name it
        text = text.removeprefix("{b} ")
    return styled(filled(text, {"a": say(its.subject), "b": say(names.subject)}), rng)


# --- one action -------------------------------------------------------------------------------------------------------


def _wording(action: Action, form: str, rng: random.Random, split: Split) -> str:
    """One wording with its slots filled; of a slot's values the first is the commonest."""
    told = _part_wordings(action, split, form) if action.part else wordings(action.kind, split, form)
    chosen = rng.choice(told)
    for _ in range(8):
        if fits(chosen, action):
            break
        chosen = rng.choice(told)
    return FIELD.sub(lambda found: _slot_value(action.kind, split, found, rng), chosen)


def _slot_value(kind: str, split: Split, found: re.Match[str], rng: random.Random) -> str:
    values = slot(kind, split, found[1])
    if not values:
        return found[0]
    return values[0] if rng.random() < 0.2 else rng.choice(values)


@cache
def _part_wordings(action: Action, split: Split, form: str) -> tuple[str, ...]:
    """A part's own verbs ("tail: wag") stand three times beside the kind's general ones."""
    own: list[str] = []
    if form == "verbs" and split == "train":
        for line in told_in("frames")["part_words"]["train"].get(action.kind, ()):
            part, _, words = line.partition(": ")
            own += words.split(", ") * 3 if action.part.split(" ")[-1] == part else []
    return (*told_in("parts")[action.kind][split][form], *own)


def _frame(form: str, rng: random.Random, split: Split) -> str:
    frames = told_in("frames")[form][split]
    return str(rng.choice(frames["plain" if rng.random() < _PLAIN else "dressed"]))


def _single(action: Action, names: Names, rng: random.Random, split: Split) -> str:
    if action.part:
        return _of_part(action, names, rng, split)
    if rng.random() < 0.07:
        return _keywords(action, names, rng, split)
    shares = {form: share for form, share in FORMS.items() if wordings(action.kind, split, form)}
    form = rng.choices(list(shares), list(shares.values()))[0]
    return _WRITERS[form](action, names, rng, split)


def _by_verb(action: Action, names: Names, rng: random.Random, split: Split) -> str:
    wording = _wording(action, "verbs", rng, split)
    shapes = ("base", "third") if wording.startswith(("be ", "have ", "keep ")) else ("base", "third", "third", "ing")
    frame = _frame(rng.choice(shapes), rng, split)
    return filled(frame, _verb_fields(wording, action, names, rng, split) | names.fields())


def _verb_fields(wording: str, action: Action, names: Names, rng: random.Random, split: Split) -> Fields:
    return {
        "base": lambda: with_manner(wording, "base", action, names, rng, split),
        "third": lambda: with_manner(wording, "third", action, names, rng, split),
        "ing": lambda: with_manner(wording, "ing", action, names, rng, split),
    }


def _by_cause(action: Action, names: Names, rng: random.Random, split: Split) -> str:
    wording = _wording(action, "cause", rng, split)
    fields = _verb_fields(wording, action, names, rng, split) | names.fields()
    return filled(_frame("cause", rng, split), fields)


def _by_noun(action: Action, names: Names, rng: random.Random, split: Split) -> str:
    wording = _wording(action, "nouns", rng, split)
    return filled(_frame("noun", rng, split), _noun_fields(wording, action, names, rng, split) | names.fields())


def _noun_fields(wording: str, action: Action, names: Names, rng: random.Random, split: Split) -> Fields:
    return {
        "np": lambda: noun_phrase(wording, action, names, True, rng, split),
        "bare": lambda: noun_phrase(wording, action, names, False, rng, split),
    }


def _trailing(action: Action, rng: random.Random, split: Split) -> str:
    said = tones(action, rng) + neutral(action, rng)
    return "".join(", " + tone(name, rng.choice(("after", "after", "tag")), rng, split) for name in said)


def _by_simile(action: Action, names: Names, rng: random.Random, split: Split) -> str:
    like = _wording(action, "like", rng, split)
    if rng.random() < 0.5:
        verb = _wording(action, "verbs", rng, split)
        ending: Ending = rng.choice(("base", "third"))
        said = "" if ending == "base" else f"{names.subject} "
        text = f"{said}{conjugated(verb, ending, names.plural)}, {like}"
    else:
        text = filled(_frame("like", rng, split), {"like": say(like)})
    return filled(text, names.fields()) + _trailing(action, rng, split)


def _by_adjective(action: Action, names: Names, rng: random.Random, split: Split) -> str:
    attr = _wording(action, "attr", rng, split)
    place = "before" if attr.endswith("ing") and " " not in attr else "adjective"
    said = ", ".join(tone(name, place, rng, split) for name in tones(action, rng))
    text = _frame("attr", rng, split)
    text = re.sub(r"\b(a|an|one|make it a) (?=\{attr)", "", text) if names.plural else text
    return filled(text, {"attr": say(f"{said} {attr}".strip())} | names.fields())


def _as_written(action: Action, names: Names, rng: random.Random, split: Split) -> str:
    raw = _wording(action, "raw", rng, split)
    text = filled(filled(_frame("raw", rng, split), {"raw": say(raw)}), names.fields())
    return text + _trailing(action, rng, split)


def _keywords(action: Action, names: Names, rng: random.Random, split: Split) -> str:
    """ "slow spin, clockwise, loop", as in a list of tags."""
    place = rng.choice(("adjective", "tag", "tag"))
    tags = [tone(name, place, rng, split) for name in tones(action, rng)]
    if rng.random() < 0.5:
        head = _wording(action, "nouns", rng, split).removeprefix("~")
        if tags and place == "adjective":
            head = f"{tags.pop()} {head}"
    else:
        head = conjugated(_wording(action, "verbs", rng, split), rng.choice(("base", "ing"))).removeprefix("being ")
    tags += ["loop"] if action.kind not in ONCE and action.kind != "still" and rng.random() < 0.3 else []
    tags.insert(rng.choice((0, 0, len(tags))), head)
    return filled(", ".join(tags), names.fields())


_WRITERS: dict[str, Callable[[Action, Names, random.Random, Split], str]] = {
    "verbs": _by_verb, "cause": _by_cause, "nouns": _by_noun,
    "like": _by_simile, "attr": _by_adjective, "raw": _as_written,
}  # fmt: skip


def _agreeing(text: str, names: Names) -> str:
    """Verbs of the frames bent for a plural subject: "the clouds is" -> "the clouds are"."""
    if not names.plural:
        return text
    swaps = {"is": "are", "does": "do", "doesn't": "don't", "isn't": "aren't", "has": "have", "undergoes": "undergo"}
    return re.sub(
        rf"({re.escape(names.subject)}) (doesn't|isn't|\w*[^su]s)\b",
        lambda found: f"{found[1]} {swaps.get(found[2]) or found[2].removesuffix('s')}",
        text,
    )


# --- parts and pairs --------------------------------------------------------------------------------------------------


def _part_names(part: str, owner: str) -> Names:
    return Names(owner, owner, part, is_plural(part))


def _of_part(action: Action, names: Names, rng: random.Random, split: Split) -> str:
    """One piece moves: "only the tail wags", "the minute hand turns clockwise while the rest stays still"."""
    part = _described(action.part, rng, split)
    its, owned = names.fields()["its"](), f"the {names.noun}'{'' if names.noun.endswith('s') else 's'} {part}"
    owner = rng.choice((f"{its} {part}", f"the {part}", owned))
    piece = _part_names(part, owner)
    frame = str(rng.choice(told_in("frames")["part"][split]["one"])) if rng.random() > 0.3 else "{p} {third}"
    frame = frame.replace("it {third}", "they {third}") if piece.plural else frame
    verb, noun = _wording(action, "verbs", rng, split), _wording(action, "nouns", rng, split)
    fields = _verb_fields(verb, action, piece, rng, split) | _noun_fields(noun, action, piece, rng, split)
    return filled(frame, fields | {"p": say(owner), "q": say(part)} | names.fields())


def _clause(action: Action, names: Names, rng: random.Random, split: Split, ending: Ending = "third") -> str:
    """Subject and verb: "the lantern swings slowly", or its part's: "its tail wags"."""
    if action.part:
        names = _part_names(action.part, f"{names.fields()['its']()} {action.part}")
    verb = _wording(action, "verbs", rng, split)
    return f"{names.subject} {with_manner(verb, ending, action, names, rng, split)}"


def _pair(first: Action, second: Action, join: str, names: Names, rng: random.Random, split: Split) -> str:
    shapes = told_in("frames")[f"parts_{join}" if second.part else join][split]
    usable = [shape for shape in shapes if shape != "arrive" or first.kind.startswith("in_")]
    weights = [3 if shape == "third" else 1 for shape in usable]
    frame = str(rng.choice(shapes[rng.choices(usable, weights)[0]]))
    piece = _part_names(second.part, f"{names.fields()['its']()} {second.part}") if second.part else names
    fields = _pair_fields("a", first, names, rng, split) | _pair_fields("b", second, piece, rng, split)
    return filled(frame, fields | {"p": say(piece.subject), "q": say(second.part)} | names.fields())


def _pair_fields(letter: str, action: Action, names: Names, rng: random.Random, split: Split) -> Fields:
    def verb(ending: Ending) -> Callable[[], str]:
        return lambda: with_manner(_wording(action, "verbs", rng, split), ending, action, names, rng, split)

    def noun() -> str:
        return noun_phrase(_wording(action, "nouns", rng, split), action, names, True, rng, split)

    return {f"{letter}0": verb("base"), f"{letter}3": verb("third"), f"{letter}i": verb("ing"), f"{letter}n": noun}


# --- scenes -----------------------------------------------------------------------------------------------------------


def _pair_of(wishes: Sequence[Wish]) -> tuple[Names, Names]:
    lead, other = definite(wishes[0].subject, "the first layer"), definite(wishes[1].subject)
    return lead, Names("its shadow", "its shadow", "shadow", False) if other.noun.endswith("shadow") else other


def _with_verbs(template: str, many: Mapping[str, bool]) -> str:
    """ "{b:ride} along" -> "{b} rides along", or "{b} ride along" where b is many."""
    return re.sub(
        r"\{([ab]):(\w+)\}", lambda found: f"{{{found[1]}}} {conjugated(found[2], 'third', many[found[1]])}", template
    )


def _scene_fields(wishes: Sequence[Wish], rng: random.Random, split: Split) -> Fields:
    lead, other = _pair_of(wishes)
    first, second = wishes[0].actions[0], wishes[1].actions[0]

    def act() -> str:
        crowd = Names("they", "them", "all of them", True)
        return with_manner(_wording(first, "verbs", rng, split), "third", first, crowd, rng, split)

    return {
        "a": say(lead.subject), "b": say(other.subject), "a0": say(lead.noun),
        "A3": lambda: _clause(first, lead, rng, split), "Ai": lambda: _clause(first, lead, rng, split, "ing"),
        "Bi": lambda: _clause(second, other, rng, split, "ing"),
        "B3": lambda: _clause(second, other, rng, split),
        "all": lambda: _crowd([wish.subject for wish in wishes], rng), "act": act,
    }  # fmt: skip


def _crowd(nouns: Sequence[str], rng: random.Random) -> str:
    """ "the letters", "the sun, the moon and the star", "all of them"."""
    if all(len(noun) == 1 or noun.startswith("letter") for noun in nouns):
        return rng.choice(("the letters", "the characters", "all the letters"))
    if len(nouns) > 4 or not all(nouns) or len(set(nouns)) < len(nouns) or rng.random() < 0.2:
        return rng.choice(("all of them", "all the layers", "they", "all the elements", "all the shapes"))
    return f"{', '.join('the ' + noun for noun in nouns[:-1])} and the {nouns[-1]}"


def _called(wish: Wish, rng: random.Random, split: Split) -> str:
    """A name alone does not make a piece: a "button" may be all that the layer shows."""
    whole = not any(action.part for action in wish.actions)
    others = _of_training("things", split)
    name = rng.choice(others) if others and whole and rng.random() < _OTHERWISE else wish.subject
    return _described(name, rng, split) if name else name


def _described(noun: str, rng: random.Random, split: Split) -> str:
    adjectives = _of_training("adjectives", split)
    return f"{rng.choice(adjectives)} {noun}" if adjectives and rng.random() < _DESCRIBED else noun


def _with_aside(text: str, rng: random.Random, split: Split) -> str:
    asides = _of_training("asides", split)
    if not asides or rng.random() > _ASIDE:
        return text
    return f"{text} {filled(rng.choice(asides), {'thing': lambda: rng.choice(_of_training('things', split))})}"


@cache
def _of_training(what: str, split: Split) -> Sequence[str]:
    """Words that the frozen test set does without: it was there before them."""
    return tuple(told_in("frames")[what].get(split, {}).get("any", ()))


def _in_scenery(text: str, wish: Wish, rng: random.Random, split: Split) -> str:
    """Now and then where it happens: "on a windy day, the flag waves"."""
    if rng.random() > 0.06 or text.startswith(("a ", "an ", "animation", "effect")):
        return text
    told = told_in("frames")["scenery"][split]
    airy = all(action.kind in _AIRY for action in wish.actions)
    return f"{rng.choice(told['air' if airy and rng.random() < 0.6 else 'any'])} {text}"
