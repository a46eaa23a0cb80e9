"""Which drawing does what, and the prompt that says so: chosen and written on the CPU before training."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Literal

import torch
from torch import Tensor

from .library import Entry, part_kinds
from .prompts import write, write_dependent, write_scene
from .wish import BASIC, KINDS, ONCE, PART_KINDS, Action, Level, Wish

Split = Literal["train", "test"]
WATER = frozenset(["water", "puddle"])  # families that waves are made of
RELATIONS: tuple[str, ...] = ("unrelated", "together", "follow", "shadow", "hat", "waves", "apart")
SHARES = (2.0, 1.5, 1.5, 1.5, 1.5, 1.0, 2.5)  # of scenes with these relations
TELLS = 0.4  # share of hats and shadows whose own prompt says what they depend on
AMPLE = frozenset(
    ["bob", "sway", "swing", "pulse", "shake", "wave", "jelly", "flicker", "bounce", "orbit", "heartbeat", "blink"]
)
CHANNELS = {
    "shift": [
        "bob",
        "shake",
        "bounce",
        "orbit",
        "in_left",
        "in_right",
        "in_top",
        "in_bottom",
        "out_left",
        "out_right",
        "out_top",
        "out_bottom",
    ],
    "turn": ["sway", "swing", "spin_cw", "spin_ccw"],
    "scale": ["pulse", "jelly", "flip", "pop", "grow", "shrink", "heartbeat"],
    "light": ["fade_in", "fade_out", "flicker"],
    "wave": ["wave"],
}
ARRIVES = ("in_left", "in_right", "in_top", "in_bottom", "fade_in", "pop", "grow")
FIRST = (*ARRIVES, "bob", "pulse", "shake", "spin_cw", "spin_ccw", "swing", "sway", "bounce", "jelly", "flip")
CARRIES = (
    "bob",
    "shake",
    "in_left",
    "in_right",
    "in_top",
    "in_bottom",
    "fade_in",
    "spin_cw",
)  # what a body does under its pieces


@dataclass(frozen=True)
class Recipe:
    """One layer: a drawing, what it is asked for, and in which words."""

    drawing: int
    wish: Wish
    prompt: str


@dataclass(frozen=True, eq=False)
class Recipes:
    """n scenes of l layers as tensors; kinds are indices, -1 for none."""

    drawing: Tensor  # (n, l)
    kind: Tensor  # (n, l, 2) of KINDS
    speed: Tensor  # (n, l, 2)
    strength: Tensor  # (n, l, 2)
    part: Tensor  # (n, l, 2) of PART_KINDS: rear, front
    part_speed: Tensor  # (n, l, 2)
    part_strength: Tensor  # (n, l, 2)
    then: Tensor  # (n, l) 1 where the second action follows the first
    words: Tensor  # (n, l, m) ids
    scene: Tensor  # (n, m) ids of the whole scene's prompt
    relation: Tensor  # (n,) of RELATIONS

    def to(self, device: torch.device) -> Recipes:
        return Recipes(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})

    def at(self, index: Tensor) -> Recipes:
        return Recipes(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


def single(entries: Sequence[Entry], count: int, seed: int, split: Split, *, articulated: bool) -> list[Recipe]:
    """Recipes of one layer; articulated ones ask a piece to move."""
    rng = random.Random(f"{seed} {split} {articulated}")
    able = [i for i, e in enumerate(entries) if not articulated or part_kinds(e.rear) or part_kinds(e.front)]
    return [_single(entries, rng.choice(able), rng, split, articulated) for _ in range(count)]


def paired(entries: Sequence[Entry], count: int, seed: int, split: Split) -> list[Recipe]:
    """Recipes of one layer that does two things: mostly one after the other, else at once."""
    rng = random.Random(f"{seed} {split} paired")
    chosen = [(rng.randrange(len(entries)), _in_order if rng.random() < 0.65 else _at_once) for _ in range(count)]
    wishes = [(drawing, wished(entries[drawing], rng)) for drawing, wished in chosen]
    return [Recipe(drawing, wish, write(wish, rng, split)) for drawing, wish in wishes]


def _single(entries: Sequence[Entry], drawing: int, rng: random.Random, split: Split, articulated: bool) -> Recipe:
    entry = entries[drawing]
    wish = _part_wish(entry, rng) if articulated else _wish(entry, rng)
    return Recipe(drawing, wish, write(wish, rng, split))


def _wish(entry: Entry, rng: random.Random) -> Wish:
    roll = rng.random()
    if roll < 0.80:
        kind = rng.choice(BASIC) if rng.random() < 0.85 else rng.choice(KINDS)
        return Wish(entry.noun, (_action(kind, rng),))
    return _at_once(entry, rng) if roll < 0.90 else _in_order(entry, rng)


def _at_once(entry: Entry, rng: random.Random) -> Wish:
    first, second = rng.sample(list(CHANNELS), 2)
    pair = [rng.choice(CHANNELS[first]), rng.choice(CHANNELS[second])]
    rng.shuffle(pair)
    return Wish(entry.noun, tuple(_action(k, rng) for k in pair), "while")


def _in_order(entry: Entry, rng: random.Random) -> Wish:
    first = rng.choice(FIRST)
    rest = [k for k in KINDS if k not in ARRIVES and k not in ("still", first)]
    return Wish(entry.noun, (_action(first, rng), _action(rng.choice(rest), rng)), "then")


def _action(kind: str, rng: random.Random, part: str = "") -> Action:
    speed = _level(rng) if kind != "still" else 0
    return Action(kind, speed, _level(rng) if kind in AMPLE else 0, part)


def _level(rng: random.Random) -> Level:
    roll = rng.random()
    return -1 if roll < 0.22 else 1 if roll < 0.44 else 0


def _part_wish(entry: Entry, rng: random.Random) -> Wish:
    pieces = [p for p in (entry.rear, entry.front) if part_kinds(p)]
    piece = rng.choice(pieces)
    assert piece is not None  # narrowed by part_kinds
    kind = rng.choice([k for k in piece.kinds if k in PART_KINDS])
    action = _action(kind, rng, piece.name)
    if rng.random() < 0.7:
        return Wish(entry.noun, (action,))
    body = rng.choice(CARRIES)
    return Wish(entry.noun, (_action(body, rng), action), "while")


def scenes(
    entries: Sequence[Entry], layers: int, count: int, seed: int, split: Split
) -> list[tuple[list[Recipe], str, str]]:
    """Recipes of several layers, the relation between them and the prompt of the whole."""
    rng = random.Random(f"{seed} {split} scenes {layers}")
    return [_scene(entries, layers, rng, split) for _ in range(count)]


def _scene(entries: Sequence[Entry], layers: int, rng: random.Random, split: Split) -> tuple[list[Recipe], str, str]:
    relation = rng.choices(RELATIONS, SHARES)[0]
    chosen = [rng.randrange(len(entries)) for _ in range(layers)]
    if relation == "waves":
        chosen[0] = rng.choice([i for i, e in enumerate(entries) if e.family in WATER] or chosen)
    wishes = _related(relation, [entries[i] for i in chosen], rng)
    prompts = [_prompt(wishes, place, relation, rng, split) for place in range(layers)]
    recipes = [Recipe(*each) for each in zip(chosen, wishes, prompts, strict=True)]
    told = _told(wishes, relation, rng, split) if rng.random() < 0.7 else ""
    return recipes, relation, told


def _told(wishes: Sequence[Wish], relation: str, rng: random.Random, split: Split) -> str:
    """The scene's own prompt; of those that stand apart the one that moves is named first."""
    if relation != "apart":
        return write_scene(wishes, relation, rng, split)
    moving = sorted(wishes, key=lambda wish: wish.actions[0].kind == "still")
    alone = moving[1].actions[0].kind == "still"
    return write_scene(moving, "apart" if alone else "unrelated", rng, split)


def _prompt(wishes: Sequence[Wish], place: int, relation: str, rng: random.Random, split: Split) -> str:
    """What a layer is told; hats and shadows may be told of the layer that they go with."""
    goes_with = {"hat": 0 if place else None, "shadow": None if place else 1}.get(relation)
    if goes_with is not None and rng.random() < TELLS:
        return write_dependent(wishes[place], wishes[goes_with], relation, rng, split)
    return write(wishes[place], rng, split)


def _related(relation: str, entries: Sequence[Entry], rng: random.Random) -> list[Wish]:
    nouns = [e.noun for e in entries]
    if relation in ("together", "follow"):
        kind = rng.choice(BASIC[:-1]) if relation == "together" else rng.choice(ARRIVES)
        action = _action(kind, rng)
        return [Wish(noun, (action,)) for noun in nouns]
    if relation == "hat":
        action = _action(rng.choice(("bob", "bounce", "shake", "in_left", "in_right", "in_top", "orbit")), rng)
        return [Wish(noun, (action,)) for noun in nouns]
    if relation == "shadow":
        action = _action(rng.choice(("bob", "bounce")), rng)
        return [
            Wish("shadow", (Action("pulse", action.speed, action.strength),)),
            *(Wish(n, (action,)) for n in nouns[1:]),
        ]
    if relation == "waves":
        slow = _level(rng)
        return [
            Wish("water", (Action("wave", slow),)),
            *(Wish(n, (Action("bob", slow, _level(rng)),)) for n in nouns[1:]),
        ]
    if relation == "apart":
        return _apart(nouns, rng)
    return [_wish(e, rng) for e in entries]


def _apart(nouns: Sequence[str], rng: random.Random) -> list[Wish]:
    """Mostly one moves and all others stand still; with many layers now and then two of them move."""
    moving = rng.sample(range(len(nouns)), 2 if len(nouns) > 2 and rng.random() < 0.3 else 1)
    kinds = [rng.choice(BASIC[:-1]) if rng.random() < 0.85 else rng.choice(KINDS) for _ in nouns]
    kinds = [kind if place in moving else "still" for place, kind in enumerate(kinds)]
    return [Wish(noun, (_action(kind, rng),)) for noun, kind in zip(nouns, kinds, strict=True)]


def tensors(
    scenes_: Sequence[tuple[Sequence[Recipe], str, str]],
    entries: Sequence[Entry],
    encode: Callable[[list[str]], Tensor],
) -> Recipes:
    """Scenes (recipes, relation, prompt) as tensors; `encode` gives word ids (n, m) of texts."""
    rows = [[_numbers(r, entries[r.drawing]) for r in recipes] for recipes, _, _ in scenes_]
    table = torch.tensor(rows, dtype=torch.int64)  # (n, l, 14)
    layers = table.shape[1]
    words = encode([r.prompt for recipes, _, _ in scenes_ for r in recipes])
    return Recipes(
        table[..., 0], table[..., 1:3], table[..., 3:5], table[..., 5:7], table[..., 7:9], table[..., 9:11],
        table[..., 11:13], table[..., 13], words.unflatten(0, (-1, layers)), encode([told for _, _, told in scenes_]),
        torch.tensor([RELATIONS.index(relation) for _, relation, _ in scenes_]),
    )  # fmt: skip


def _numbers(recipe: Recipe, entry: Entry) -> list[int]:
    """Drawing, kinds, speeds, strengths, part kinds, part speeds, part strengths, then: 14 numbers."""
    whole = [a for a in recipe.wish.actions if not a.part]
    own: list[Action | None] = [None, None]
    for action in recipe.wish.actions:
        if action.part:
            own[0 if entry.rear is not None and entry.rear.name == action.part else 1] = action
    pair = [*whole, None, None][:2]
    return [
        recipe.drawing,
        *(KINDS.index(a.kind) if a else -1 for a in pair),
        *(a.speed if a else 0 for a in pair),
        *(a.strength if a else 0 for a in pair),
        *(PART_KINDS.index(a.kind) if a else -1 for a in own),
        *(a.speed if a else 0 for a in own),
        *(a.strength if a else 0 for a in own),
        int(recipe.wish.join == "then"),
    ]


__all__ = ["ONCE", "RELATIONS", "Recipe", "Recipes", "scenes", "single", "tensors"]
