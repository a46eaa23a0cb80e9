"""Styles: what each layer of a design is taken for, what moves with what, and the layouts that come of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from drawn import drawn_document
from engine.boxes import opaque_box
from engine.document import Document, Group, Layer, Node, number_paths
from engine.errors import BadInput, UsageError
from engine.geometry import Box
from engine.layout import Canvas, LayerSpec, Layout
from engine.layout.dump import dump_layout, layout_data
from engine.layout.flags import with_flags
from engine.layout.read import load_layout, parse_layout
from engine.motion import fitted_period
from engine.pictures import Stage
from engine.pipeline import Request, animate, plan_run
from engine.pipeline import read_layout as layout_asked_for
from engine.presets import motion_aliases, motion_presets, style_files
from engine.progress import Silent
from engine.readers import read
from engine.styles.default import default_layout, starter_layout
from engine.styles.names import Role, named_after, role_in
from engine.styles.roles import Cast, cast
from engine.styles.taste import Manner, Style, find_style, parse_style, styles
from engine.timing import Time
from jobs import art

STYLES = ("calm", "playful", "punchy", "cinematic")
EXAMPLES = Path(__file__).parent.parent / "examples"
GOLDENS = Path(__file__).parent / "goldens"
CORPUS = Path(__file__).parent.parent.parent / "shared/corpus/psd"
corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus/psd is not there")

Place = tuple[int, int, int, int]  # x, y, width, height
_numbers = iter(range(1, 10**6))


def layer(name: str, at: Place, colour: tuple[int, int, int, int] = (200, 80, 40, 255), **more: Any) -> Layer:
    """A layer of one colour; its pixels are there, for what looks at them."""
    box = Box.from_xywh(*at)
    pixels = np.full((box.height, box.width, 4), colour, np.uint8)
    return Layer(id=f"#{next(_numbers)}", name=name, path=name, box=box, load=lambda: pixels, **more)


def text(name: str, at: Place, **more: Any) -> Layer:
    return layer(name, at, kind="text", text=name, **more)


def group(name: str, *children: Node, **more: Any) -> Group:
    return Group(id=f"#{next(_numbers)}", name=name, path=name, children=children, **more)


def document(*children: Node, size: tuple[int, int] = (200, 100)) -> Document:
    return Document(source=Path("design.psd"), format="psd", size=size, children=number_paths(children))


def background(size: tuple[int, int] = (200, 100)) -> Layer:
    return layer("Layer 1", (0, 0, *size), (90, 120, 160, 255))


def roles(design: Document) -> dict[str, str]:
    return {each.piece.node.path: each.role for each in cast(design)}


def of(design: Document, name: str) -> Cast:
    return next(each for each in cast(design) if each.piece.node.name == name)


def leader(design: Document, name: str) -> str:
    """Name of what a piece moves with."""
    id = of(design, name).leader
    return next(each.piece.node.name for each in cast(design) if each.piece.id == id)


def entries(layout: Layout) -> dict[str, LayerSpec]:
    return {entry.selector: entry for entry in layout.layers}


def card() -> Document:
    """A card with its shadow, words, a picture and a button, on a background."""
    soft = np.zeros((50, 108, 4), np.uint8)
    soft[..., 3] = np.hypot(*np.meshgrid(np.linspace(-1, 1, 108), np.linspace(-1, 1, 50))) < 0.9
    soft[..., 3] *= 120
    shadow = replace(layer("Layer 3", (46, 38, 108, 50), blend="multiply"), load=lambda: soft)
    return document(
        background(),
        shadow,
        layer("Shape 4", (50, 20, 100, 60), (255, 255, 255, 255), kind="shape"),
        layer("Picture", (54, 24, 30, 52)),
        text("Hello there", (90, 26, 50, 12)),
        text("Some more to read", (90, 42, 50, 6)),
        layer("Shape 7", (90, 62, 40, 12), kind="shape"),
        text("Buy", (100, 65, 20, 6)),
    )


def puppet() -> Document:
    """A figure of parts on its flat shadow."""
    return document(
        background(),
        layer("shadow", (70, 84, 60, 10), (0, 0, 0, 120)),
        layer("tail", (105, 50, 40, 30)),
        layer("body", (80, 45, 40, 44)),
        group("head", layer("face", (70, 15, 60, 34)), layer("eye", (90, 25, 6, 6))),
    )


# --- roles ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Background", "background"), ("bg_2", "background"), ("Hintergrundbild", "background"),
        ("fond", "background"), ("Fondo copia", "background"), ("背景", "background"), ("Фон", "background"),
        ("Drop Shadow", "shadow"), ("Schatten", "shadow"), ("Ombre portée", "shadow"), ("sombra", "shadow"),
        ("影", "shadow"), ("Button Shadow", "shadow"), ("Shadow of the hero", "shadow"),
        ("Headline", "title"), ("Überschrift", "title"), ("Titre", "title"), ("título", "title"), ("タイトル", "title"),
        ("Subtitle", "text"), ("Untertitel", "text"), ("sous-titre", "title"), ("Precio", "text"), ("日付", "text"),
        ("CTA", "button"), ("Kaufbutton", "button"), ("Schaltfläche", "button"), ("bouton", "button"),
        ("botón", "button"), ("ボタン", "button"), ("Button text", "text"),
        ("logoWhite", "logo"), ("Marke", "logo"), ("ロゴ", "logo"),
        ("HeroImage", "photo"), ("Foto 1", "photo"), ("写真", "photo"),
        ("Character", "hero"), ("Frau", "hero"), ("Produit", "hero"), ("mujer", "hero"), ("キャラ", "hero"),
        ("Star 3", "sparkle"), ("Stern", "sparkle"), ("étoile", "sparkle"), ("estrellas", "sparkle"), ("星", "sparkle"),
        ("Blatt 2", "decoration"), ("feuille", "decoration"), ("hoja", "decoration"), ("葉", "decoration"),
        ("Wolke", "cloud"), ("nuage", "cloud"), ("nube", "cloud"), ("雲", "cloud"),
        ("Karte", "panel"), ("tarjeta", "panel"), ("Baum", "plant"), ("árbol", "plant"), ("Glow", "light"),
        ("Layer 1 copy 2", None), ("Ellipse 4", None), ("Start", None), ("body", None), ("", None), ("12", None),
    ],
)  # fmt: skip
def test_what_names_say_in_several_languages(name: str, role: str | None) -> None:
    found = role_in(name)
    assert (found and found[0]) == role


def test_a_card_is_understood_without_one_telling_name() -> None:
    design = card()
    assert roles(design) == {
        "Layer 1": "background",
        "Layer 3": "shadow",
        "Shape 4": "panel",
        "Picture": "photo",
        "Hello there": "title",
        "Some more to read": "text",
        "Shape 7": "button",
        "Buy": "text",
    }
    assert leader(design, "Layer 3") == "Shape 4"
    assert leader(design, "Buy") == "Shape 7"
    assert of(design, "Hello there").panel == of(design, "Shape 4").piece.id


def test_what_overlaps_is_one_thing_and_stands_on_its_shadow() -> None:
    design = puppet()
    assert {leader(design, name) for name in ("shadow", "tail", "body", "head")} == {"head"}
    assert of(design, "head").role == "hero"
    assert all(each.stands for each in cast(design) if each.leader == of(design, "head").piece.id)


@pytest.mark.parametrize(
    ("shadow", "caster"),
    [("Fox shadow", "Fox"), ("Foxschatten", "Fox"), ("shadow of button", "Button"), ("Shadow", "Button")],
)
def test_a_shadow_between_two_things_belongs_to_the_one_in_its_name(shadow: str, caster: str) -> None:
    fox, button = layer("Fox", (80, 10, 40, 50)), layer("Button", (70, 68, 60, 12))
    design = document(background(), layer(shadow, (70, 58, 60, 12), (0, 0, 0, 120)), fox, button)
    assert leader(design, shadow) == caster


@pytest.mark.parametrize(
    ("name", "other", "after"),
    [
        ("Button 2 shadow", "Button 2", True), ("Button 2 shadow", "Button 1", False), ("Löwe Schatten", "löwe", True),
        ("Layer 1 shadow", "Layer 3", False), ("Shadow", "12", False), ("Shadow", "Fox", False),
    ],
)  # fmt: skip
def test_named_after(name: str, other: str, after: bool) -> None:
    assert named_after(name, other) == after


def test_a_highlight_moves_with_what_it_lies_on_and_other_light_by_itself() -> None:
    ball, sky = layer("ball", (70, 20, 60, 60)), (60, 0, 100, 60)
    shine = layer("shine", (80, 25, 20, 20), blend="screen")
    design = document(background(), ball, shine)
    assert leader(design, "shine") == "ball"
    assert leader(document(background(), ball, layer("glow", sky, blend="screen")), "glow") == "glow"


def test_the_hero_is_large_and_near_the_middle_and_a_named_one_wins() -> None:
    left, middle = layer("Layer 2", (5, 5, 30, 30)), layer("Layer 3", (80, 30, 35, 35))
    assert roles(document(background(), left, middle))["Layer 3"] == "hero"
    named = roles(document(background(), replace(left, name="Product"), middle))
    assert (named["Product"], named["Layer 3"]) == ("hero", "decoration")


def test_a_dark_soft_multiplied_layer_is_a_shadow_and_a_hard_one_is_none() -> None:
    design = card()
    hard = layer("Layer 3", (46, 38, 108, 50), (10, 10, 10, 255), blend="multiply")
    children = [hard if node.name == "Layer 3" else node for node in design.children]
    assert of(replace(design, children=tuple(children)), "Layer 3").role != "shadow"


@pytest.mark.parametrize(
    ("pixels_at", "role"),
    [((0, 0, 200, 100), "background"), ((60, 20, 60, 60), "hero")],
)
def test_a_layer_file_as_large_as_the_canvas_is_judged_by_its_pixels(pixels_at: Place, role: str) -> None:
    box = Box.from_xywh(*pixels_at)
    pixels = np.zeros((100, 200, 4), np.uint8)
    pixels[box.y0 : box.y1, box.x0 : box.x1] = 255
    drawn = replace(layer("Layer 2", (0, 0, 200, 100)), load=lambda: pixels)
    assert roles(document(background(), drawn))["Layer 2"] == role


@pytest.mark.parametrize(
    ("at", "role"),
    [
        ((0, 60, 200, 40), "scenery"),  # a ground
        ((-10, 20, 60, 40), "scenery"),  # a thing that is cut off
        ((80, 30, 40, 70), "hero"),  # a figure on the lower edge
        ((195, 40, 8, 8), "decoration"),  # a small thing on the edge
    ],
)
def test_what_reaches_an_edge(at: Place, role: str) -> None:
    assert roles(document(background(), layer("Layer 2", at)))["Layer 2"] == role


def test_alike_siblings_are_decoration_or_items() -> None:
    dots = [layer(f"Ellipse {i}", (20 * i, 5 + 12 * (i % 3), 8, 8)) for i in range(1, 6)]
    tiles = [layer(f"Rectangle {i}", (10 + 45 * i, 50, 40, 30)) for i in range(4)]
    found = roles(document(background(), *dots, *tiles))
    assert {found[dot.name] for dot in dots} == {"decoration"}
    assert {found[tile.name] for tile in tiles} == {"item"}


def test_groups_are_opened_where_they_are_a_stage() -> None:
    button = group("Group 1", layer("Shape 1", (10, 10, 30, 10)), text("Go", (15, 12, 20, 6)))
    stage = group("Group 2", layer("Shape 2", (50, 10, 90, 60)), text("Read", (60, 20, 50, 10)), button)
    stars = group("Group 3", *[layer(f"s{i}", (150, 10 + 9 * i, 6, 6)) for i in range(4)])
    design = document(background(), stage, stars)
    assert set(roles(design)) == {"Layer 1", "Group 2/Shape 2", "Group 2/Read", "Group 2/Group 1", "Group 3"}
    only = document(background(), group("Group 1", layer("a", (20, 20, 40, 40)), layer("b", (100, 20, 40, 40))))
    assert set(roles(only)) == {"Layer 1", "Group 1/a", "Group 1/b"}


@corpus
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("layer_comps.psd", {"Фон": "background", "Фигура 1": "hero", "Mouth": "part", "Eye Left": "part"}),
        ("layer_params.psd", {"Фон": "background", "Test caption": "title", "Фигура 1": "hero"}),
        ("placedLayer.psd", {"Background": "background", "linked-psd": "hero", "embedded-png": "part"}),
        ("adjustment-fillers.psd", {"Color Fill 1": "background", "Polygon 2": "hero", "TEXT": "title"}),
        ("blend-and-clipping.psd", {"Rectangle 1": "item", "clipping": "part"}),
        ("adjustments/curves_rgb.psd", {"orion": "background", "color palettes": "scenery"}),
        ("note.psd", {"Shape 2": "hero", "Shape 3": "scenery", "Shape 4": "decoration"}),
    ],
)
def test_roles_in_real_files(file: str, expected: dict[str, str]) -> None:
    found = roles(with_flags(read(CORPUS / file))[0])
    assert {name: found[name] for name in expected} == expected


# --- layouts ----------------------------------------------------------------------------------------------------------


def letters() -> Document:
    word = group("Word", *[layer(sign, (20 + 30 * i, 30, 20, 40)) for i, sign in enumerate("LOOP")])
    return document(background(), word)


DESIGNED: dict[str, Callable[[], Document]] = {
    "card": card,
    "puppet": puppet,
    "letters": letters,
    "drawn": drawn_document,
    "nothing": document,
    "picture": lambda: document(background()),
    "edges": lambda: document(background(), layer("Hill", (0, 60, 200, 40)), layer("Cloud", (180, 5, 40, 20))),
    "halves": lambda: document(layer("a", (0, 0, 200, 65)), layer("b", (0, 60, 200, 40)), layer("c", (80, 20, 30, 30))),
    "tiles": lambda: document(
        layer("a", (0, 0, 110, 100)), layer("b", (100, 0, 100, 60)), layer("c", (90, 50, 110, 50), blend="multiply")
    ),
    "odd names": lambda: document(background(), layer("x\ny # \u2028: {", (20, 20, 30, 30)), layer(" ", (90, 9, 9, 9))),
    "through": lambda: document(
        background(), group("Beam", layer("a", (60, 20, 60, 50), blend="screen"), blend="pass-through")
    ),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", DESIGNED)
def test_a_chosen_layout_holds_what_it_promises(name: str, style: str) -> None:
    design = DESIGNED[name]()
    layout = default_layout(design, find_style(style))
    assert default_layout(design, find_style(style)) == layout  # the same again
    written = dump_layout(layout, comments=True)
    assert parse_layout(written) == layout
    named = with_flags(design, layout)[0]
    plan = plan_run(Request(design.source, Path("out"), formats=(), composites=()), design, layout)[1]
    seen = {
        node.path
        for node, groups in named.walk()
        if isinstance(node, Layer) and all(each.visible for each in (node, *groups))
    }
    covered = {
        path for path in seen for entry in layout.layers if path == entry.selector or path.startswith(f"{entry.layer}/")
    }
    by_id = {entry.id for entry in layout.layers}
    assert covered | {node.path for node, _ in named.walk() if node.id in by_id} >= seen
    assert [finding for finding in plan.findings if finding.level == "warning"] == []
    for entry, comment in zip(layout.layers, layout.notes.values(), strict=True):
        assert comment[0]
        if entry.loop:
            assert entry.loop.period is not None
            period = entry.loop.period.seconds(Fraction(30))
            assert fitted_period(period, layout.canvas.seconds) == period
        assert (entry.in_ is None) == (entry.out is None)
    if design.children:
        assert layout.canvas.camera or any(entry.moves for entry in layout.layers)


@pytest.mark.parametrize("style", STYLES)
def test_shadows_and_parts_share_one_motion_about_one_point(style: str) -> None:
    for design, lead, followers in (
        (puppet(), "head", ["shadow", "tail", "body"]),
        (card(), "Shape 4", ["Layer 3"]),
        (card(), "Shape 7", ["Buy"]),
    ):
        found = entries(default_layout(design, find_style(style)))
        boxes = {each.piece.node.name: opaque_box(each.piece.node) for each in cast(design)}
        for name in followers:
            one, other = found[lead], found[name]
            assert (one.in_, one.loop, one.out, one.start) == (other.in_, other.loop, other.out, other.start)
            if one.moves:
                assert point(one, boxes[lead]) == point(other, boxes[name])


def point(entry: LayerSpec, box: Box) -> tuple[float, float]:
    assert entry.anchor is not None
    return box.x0 + entry.anchor.x.value, box.y0 + entry.anchor.y.value


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ["card", "drawn", "halves", "picture", "tiles"])
def test_no_edge_is_bared(name: str, style: str) -> None:
    """The composite of a design that covers its canvas stays opaque in every frame."""
    design = DESIGNED[name]()
    request = Request(design.source, Path("out"), formats=(), composites=(), fps="6")
    layout = default_layout(design, find_style(style)).model_copy(
        update={"canvas": Canvas(fps=Fraction(6), duration=find_style(style).duration)}
    )
    document, plan = plan_run(request, design, layout)
    stage = Stage(document, plan, animate(document, plan, "cpu", Silent()), "cpu")
    for picture in stage.pictures((), range(plan.frames), composite=True):
        assert picture.composite is not None
        assert float(picture.composite[3].min()) > 0.998


@pytest.mark.parametrize("style", STYLES)
def test_words_come_one_after_another_as_they_are_read(style: str) -> None:
    lines = [text(f"line {i}", (20, 80 - 20 * i, 100, 8)) for i in range(4)]  # the stack is upside down
    found = entries(default_layout(document(background(), text("Big", (20, 2, 100, 16)), *lines), find_style(style)))
    starts = [start_of(found[f"line {i}"]) for i in (3, 2, 1, 0)]
    assert starts == sorted(set(starts))
    assert start_of(found["Big"]) == 0  # something to read at once
    assert all(start + Fraction(2) < find_style(style).duration.seconds(Fraction(30)) + 1 for start in starts)


def start_of(entry: LayerSpec) -> Fraction:
    return entry.start.seconds(Fraction(30)) if entry.start else Fraction(0)


def test_not_everything_moves_at_once() -> None:
    many = [
        layer(f"thing {chr(97 + i)}", (5 + 16 * (i % 12), 2 + 30 * (i // 12) + 10 * (i % 3), 8, 8)) for i in range(30)
    ]
    layout = default_layout(document(background(), *many))
    looped = [entry for entry in layout.layers if entry.loop]
    assert 2 <= len(looped) <= 8
    phases = [str(entry.loop.delay) for entry in looped if entry.loop and entry.selector != "thing a"]
    assert len(set(phases)) >= len(phases) - 1


def test_letters_come_one_by_one_only_where_the_style_says_so() -> None:
    calm, playful = (entries(default_layout(letters(), find_style(name)))["Word"] for name in ("calm", "playful"))
    assert (calm.as_, calm.stagger) == ("group", None)
    assert playful.as_ is None
    assert playful.stagger is not None
    assert playful.stagger.from_ == "start"


def test_what_names_say_wins_over_a_style() -> None:
    design = card()
    children = [replace(node, tags="[shake]") if node.name == "Picture" else node for node in design.children]
    children = [replace(node, tags="[hold]") if node.name == "Hello there" else node for node in children]
    layout = default_layout(replace(design, children=tuple(children)), find_style("playful"))
    found = entries(layout)
    assert found["Picture"].loop is not None
    assert found["Picture"].loop.motion == "shake"
    assert found["Hello there"].hold
    assert found["Shape 7"].moves
    assert "# its name says [shake]" in dump_layout(layout, comments=True)


@pytest.mark.parametrize("seconds", ["500ms", "1s", "10s"])
@pytest.mark.parametrize("style", STYLES)
def test_a_style_fits_another_length(style: str, seconds: str) -> None:
    request = Request(Path("design.psd"), Path("out"), style=style, duration=seconds, formats=(), composites=())
    layout = layout_asked_for(request, card())
    plan = plan_run(request, card(), layout)[1]
    assert plan.seconds == Time.parse(seconds).seconds(plan.fps)
    for job in plan.jobs:
        for slot in job.slots:
            if slot.slot == "in":
                assert slot.start + slot.duration < plan.seconds
    assert not [note for job in plan.jobs for note in job.notes]  # no period had to be fitted


def test_comments_say_the_role_and_why() -> None:
    written = dump_layout(default_layout(card(), find_style("punchy")), comments=True)
    for line in (
        "  # background: covers the canvas\n  - layer: Layer 1\n",
        "  # shadow: soft, multiply; moves with 'Shape 4'\n",
        "  # panel: holds 5 others\n",
        "  # button: holds the text 'Buy' and little else; on 'Shape 4'\n",
        "  # text: a text layer; moves with 'Shape 7'\n",
    ):
        assert line in written
    assert dump_layout(default_layout(card())).count("# ") == 1  # only the modeline, unless comments are asked for


def test_starters_take_a_style() -> None:
    calm, playful = starter_layout(card()), starter_layout(card(), find_style("playful"))
    assert "duration: 6s" in calm
    assert "duration: 4s" in playful
    assert (
        "  # button: holds the text 'Buy' and little else; on 'Shape 4'\n  # shape, 40 x 12 px at 90, 62\n" in playful
    )


GOLDEN_DESIGNS = {"poster": "poster/poster.psd", "card": "ui-card/card.psd", "character": "character"}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", GOLDEN_DESIGNS)
def test_the_layouts_chosen_for_the_examples(name: str, style: str, record_goldens: bool) -> None:
    written = dump_layout(default_layout(read(EXAMPLES / GOLDEN_DESIGNS[name]), find_style(style)), comments=True)
    path = GOLDENS / f"style-{name}-{style}.yaml"
    if record_goldens:
        path.write_text(written, "utf-8")
    assert written == path.read_text("utf-8")


# --- styles as data ---------------------------------------------------------------------------------------------------


def test_the_styles_that_come_with_art() -> None:
    assert set(STYLES) == set(styles())
    assert not set(style_files()) & {*motion_presets(), *motion_aliases()}  # `presets show` takes one name
    for style in styles().values():
        assert style.summary
        seconds = style.duration.seconds(Fraction(30))
        for manner in style.roles.values():
            for slot in (*manner.loop, *filter(None, [manner.rooted])):
                assert slot.period is not None
                assert seconds % slot.period.seconds(Fraction(30)) == 0


GOOD = "summary: mine\nduration: 2s\nroles:\n  hero: {in: pop, out: fade}\n"


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("summery: x\n" + GOOD, "1:1", "unknown key 'summery': did you mean 'summary'?"),
        (GOOD + "  hiro: {loop: bob}\n", "5:3", "'hiro' is not a choice here: did you mean 'hero'?"),
        (GOOD + "  text: {in: rize, out: fade}\n", "5:14", "did you mean 'rise'?"),
        (GOOD + "  text: {in: bob, out: fade}\n", "5:14", "not in `in`"),
        (GOOD + "  text: {in: fade}\n", "5:9", "come together"),
        (GOOD + "  background: {in: fade, out: fade}\n", "5:16", "is always there"),
        (GOOD + "  photo: {rooted: bob}\n", "5:19", "would bare the edge"),
        (GOOD + "  photo: {loop: {motion: bob, wiggle: 2}}\n", "5:31", "unknown key 'wiggle'"),
        (GOOD + "  text: {start: -1s}\n", "5:17", "start"),
        ("summary: x\n", "1:1", "duration"),
    ],
)
def test_a_wrong_style_says_what_is_wrong_and_where(text: str, place: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput) as caught:
        find_style(str(path))
    assert any(says in problem.message for problem in caught.value.problems)
    assert str(caught.value.where) == f"{path}:{place}"


def test_a_good_style_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD, "utf-8")
    assert find_style(str(path)) == parse_style(GOOD, "mine")
    with pytest.raises(UsageError, match="did you mean 'punchy'"):
        find_style("punchi")


def test_on_the_command_line(tmp_path: Path) -> None:
    design, out = EXAMPLES / "ui-card/card.psd", tmp_path / "out"
    done = art(
        "animate", design, "--style", "punchy", "-o", out, "--size", "64", "--fps", "6", "--duration", "1s",
        "--format", "none", "--composite", "gif", "-q",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    used = (out / "motion.yaml").read_text("utf-8")
    assert "# button: named 'Button'; on 'Panel'" in used
    assert load_layout(out / "motion.yaml").canvas.duration == Time.parse("1s")
    started = art("layout", "init", design, "--style", "cinematic", "-o", "-")
    assert layout_data(parse_layout(started.stdout))["canvas"]["camera"]["motion"] == "kenburns"


def test_a_style_beside_a_layout(tmp_path: Path) -> None:
    path = tmp_path / "motion.yaml"
    path.write_text("version: 1\ncanvas: {fps: 12, duration: 2s}\n", "utf-8")
    request = Request(Path("design.psd"), Path("out"), layout=path, style="playful")
    layout = layout_asked_for(request, card())
    assert layout.canvas == Canvas(fps=Fraction(12), duration=Time.parse("2s"))
    assert entries(layout)["Shape 7"].in_ is not None
    path.write_text("version: 1\nlayers: [{layer: Picture, loop: bob}]\n", "utf-8")
    with pytest.raises(UsageError, match="lists its layers"):
        layout_asked_for(request, card())


def nameless(node: Node, number: Iterator[int], canvas: Box) -> Node:
    """The node called Layer 1, Group 2, ...; every layer as large as the canvas, as exported PNGs are."""
    if isinstance(node, Group):
        children = tuple(nameless(child, number, canvas) for child in node.children)
        return replace(node, name=f"Group {next(number)}", tags="", children=children)
    assert isinstance(node, Layer)
    seen, inside = node.box & canvas, node.load()
    pixels = np.zeros((canvas.height, canvas.width, 4), np.uint8)
    within = seen.shift(-node.box.x0, -node.box.y0)
    pixels[seen.y0 : seen.y1, seen.x0 : seen.x1] = inside[within.y0 : within.y1, within.x0 : within.x1]
    return replace(node, name=f"Layer {next(number)}", tags="", box=canvas, load=lambda: pixels)


def test_a_design_is_understood_though_its_names_and_boxes_say_nothing() -> None:
    design = read(EXAMPLES / "character")
    bare = replace(design, children=tuple(nameless(node, count(1), design.canvas) for node in design.children))
    found = {each.piece.id: each for each in cast(bare)}
    names = {node.name: node.id for node, _ in design.walk()}
    assert found[names["backdrop"]].role == "background"
    assert found[names["face"]].role == "hero"
    body = {id for id, each in found.items() if each.leader == names["face"]}
    assert body == {names[name] for name in names} - {names[f"leaf {i}"] for i in (1, 2, 3)} - {
        names[name] for name in ("backdrop", "leaves", "head")
    }
    assert found[names["shadow"]].role == "shadow"
    assert found[names["shadow"]].stands


def test_letters_in_a_line_are_text_whatever_they_are_called() -> None:
    word = [layer(f"Layer 1{i}", (20 + 30 * i, 30, 14 + 6 * (i % 2), 36)) for i in range(4)]
    dots = [layer(f"Ellipse {i}", (15 + 40 * i, 75 + 9 * (i % 2), 8, 8)) for i in range(4)]
    found = roles(document(background(), *word, *dots))
    assert {found[each.name] for each in word} <= {"text", "title"}
    assert {found[each.name] for each in dots} == {"decoration"}


def test_what_stands_in_the_scenery_holds() -> None:
    tree, bird = layer("Layer 2", (20, 65, 10, 30)), layer("Layer 3", (80, 20, 20, 20))
    hill = layer("Layer 4", (0, 60, 200, 40))
    assert roles(document(background(), tree, bird, hill))["Layer 2"] == "scenery"


@pytest.mark.parametrize("table", ["Roles", "A style of your own"])
def test_the_document_names_every_role_and_key(table: str) -> None:
    written = (Path(__file__).parent.parent / "docs/styles.md").read_text("utf-8").split(f"## {table}\n")[1]
    first = [line.split("|")[1] for line in written.split("\n## ")[0].splitlines() if line.startswith("| `")]
    words = {word for cell in first for word in re.findall(r"`([\w-]+)`", cell)}
    keys = {info.alias or name for model in (Style, Manner) for name, info in model.model_fields.items()}
    assert words == ({"shadow", *get_args(Role)} if table == "Roles" else keys)
