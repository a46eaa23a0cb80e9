"""The compositor: small drawn documents with exact answers, and incremental frames against frames from scratch."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.blend import blend_over
from engine.composite import Compositor, fidelity, over_white, rest
from engine.composite.recompose import recomposes
from engine.document import Adjustment, Document, Group, Layer, Mask, Node, number_paths
from engine.geometry import Box
from engine.specs import BLEND_MODES, PASS_THROUGH
from engine.tile import Tile

SIZE = (48, 40)


def solid(ident: str, box: Box, color: tuple[int, int, int, int], **fields: object) -> Layer:
    pixels = np.empty((box.height, box.width, 4), np.uint8)
    pixels[:] = color
    return Layer(id=ident, name=ident, path=ident, box=box, load=lambda: pixels, **fields)  # type: ignore[arg-type]


def document(*children: Node, **fields: object) -> Document:
    nodes = number_paths(children)
    return Document(source=Path("drawn"), format="test", size=SIZE, children=nodes, **fields)  # type: ignore[arg-type]


def group(ident: str, *children: Node, **fields: object) -> Group:
    return Group(id=ident, name=ident, path=ident, children=children, **fields)  # type: ignore[arg-type]


def adjustment(ident: str, **fields: object) -> Layer:
    change = Adjustment("invert", lambda rgb: 1 - rgb)
    empty = np.zeros((0, 0, 4), np.uint8)
    layer = Layer(id=ident, name=ident, path=ident, kind="adjustment", load=lambda: empty, adjustment=change)
    return replace(layer, **fields)  # type: ignore[arg-type]


def mask(box: Box, value: float, outside: float) -> Mask:
    return Mask(box, outside, lambda: np.full((box.height, box.width), value, np.float32))


def at(frame: torch.Tensor, x: int, y: int) -> list[float]:
    return [round(value, 4) for value in frame[:, y, x].tolist()]


CANVAS = Box(0, 0, *SIZE)
WHITE = solid("#bg", CANVAS, (255, 255, 255, 255))
RED = solid("#red", Box(4, 4, 20, 20), (255, 0, 0, 255))
HALF = solid("#half", Box(10, 10, 30, 30), (0, 0, 255, 128))


def test_layers_over_one_another() -> None:
    frame = Compositor(document(WHITE, RED, HALF), device="cpu").frame({})
    blue = 128 / 255
    assert at(frame, 0, 0) == [1, 1, 1, 1]
    assert at(frame, 5, 5) == [1, 0, 0, 1]
    assert at(frame, 12, 12) == pytest.approx([1 - blue, 0, blue, 1], abs=1e-4)


def test_hidden_layers_and_background() -> None:
    doc = document(replace(WHITE, visible=False), RED)
    frame = Compositor(doc, device="cpu", background=(0, 0.5, 0, 1)).frame({})
    assert at(frame, 0, 0) == [0, 0.5, 0, 1]
    frame = Compositor(doc, device="cpu", hidden=["#red"]).frame({})
    assert frame.abs().max() == 0


def test_mask_with_outside() -> None:
    masked = replace(RED, masks=(mask(Box(0, 0, 10, 10), 0.25, 0.5),))
    frame = Compositor(document(masked), device="cpu").frame({})
    assert at(frame, 5, 5)[3] == 0.25
    assert at(frame, 15, 15)[3] == 0.5


def test_clipping_stays_inside_the_base() -> None:
    clip = solid("#clip", CANVAS, (0, 255, 0, 255), clipped=True, opacity=0.5)
    frame = Compositor(document(WHITE, RED, clip), device="cpu").frame({})
    assert at(frame, 5, 5) == [0.5, 0.5, 0, 1]
    assert at(frame, 30, 30) == [1, 1, 1, 1]
    frame = Compositor(document(WHITE, replace(RED, visible=False), clip), device="cpu").frame({})
    assert at(frame, 5, 5) == [1, 1, 1, 1]  # a hidden base hides what is clipped to it


def test_isolated_group_with_opacity_is_flattened_first() -> None:
    inner = (solid("#a", CANVAS, (255, 0, 0, 255)), solid("#b", CANVAS, (0, 0, 255, 255)))
    frame = Compositor(document(WHITE, group("#g", *inner, opacity=0.5, blend="normal")), device="cpu").frame({})
    assert at(frame, 5, 5) == [0.5, 0.5, 1, 1]


def test_multiply_inside_isolated_and_pass_through_groups() -> None:
    backdrop = solid("#bg", CANVAS, (128, 128, 128, 255))
    layer = solid("#m", CANVAS, (128, 128, 128, 255), blend="multiply")
    isolated = Compositor(document(backdrop, group("#g", layer, blend="normal")), device="cpu").frame({})
    through = Compositor(document(backdrop, group("#g", layer, blend=PASS_THROUGH)), device="cpu").frame({})
    assert at(isolated, 3, 3)[0] == pytest.approx(128 / 255, abs=1e-4)
    assert at(through, 3, 3)[0] == pytest.approx((128 / 255) ** 2, abs=1e-4)


def test_pass_through_group_with_opacity_and_mask_mixes() -> None:
    layer = solid("#m", CANVAS, (0, 0, 0, 255), blend="multiply")
    masks = (mask(Box(0, 0, 24, 40), 1.0, 0.0),)
    doc = document(WHITE, group("#g", layer, blend=PASS_THROUGH, opacity=0.5, masks=masks))
    frame = Compositor(doc, device="cpu").frame({})
    assert at(frame, 3, 3) == [0.5, 0.5, 0.5, 1]
    assert at(frame, 30, 3) == [1, 1, 1, 1]


def test_adjustments_change_what_lies_below() -> None:
    frame = Compositor(document(WHITE, RED, adjustment("#i")), device="cpu").frame({})
    assert at(frame, 0, 0) == [0, 0, 0, 1]
    assert at(frame, 5, 5) == [0, 1, 1, 1]
    clipped = Compositor(document(WHITE, RED, adjustment("#i", clipped=True)), device="cpu").frame({})
    assert at(clipped, 0, 0) == [1, 1, 1, 1]
    assert at(clipped, 5, 5) == [0, 1, 1, 1]
    masked = adjustment("#i", masks=(mask(Box(0, 0, 2, 2), 1.0, 0.0),), opacity=0.5)
    frame = Compositor(document(WHITE, masked), device="cpu").frame({})
    assert at(frame, 1, 1) == [0.5, 0.5, 0.5, 1]
    assert at(frame, 3, 3) == [1, 1, 1, 1]


def test_knockout_reaches_the_start_of_its_group() -> None:
    hole = solid("#hole", Box(6, 6, 12, 12), (0, 0, 0, 255), knockout="shallow", fill=0.0)
    frame = Compositor(document(WHITE, group("#g", RED, hole, blend=PASS_THROUGH)), device="cpu").frame({})
    assert at(frame, 8, 8) == [1, 1, 1, 1]
    assert at(frame, 5, 5) == [1, 0, 0, 1]


def test_artboards_clip_and_paint_their_background() -> None:
    board = group("#board", RED, blend=PASS_THROUGH, artboard=Box(0, 0, 10, 40), background=(0, 1, 0, 1))
    frame = Compositor(document(board), device="cpu").frame({})
    assert at(frame, 1, 1) == [0, 1, 0, 1]
    assert at(frame, 5, 5) == [1, 0, 0, 1]
    assert at(frame, 15, 15) == [0, 0, 0, 0]


def test_linear_documents_blend_in_linear_light() -> None:
    half = solid("#half", CANVAS, (0, 0, 0, 255), opacity=0.5)
    frame = Compositor(document(WHITE, half, bits=32, linear=True), device="cpu").frame({})
    assert at(frame, 1, 1)[0] == pytest.approx(0.7354, abs=1e-3)  # sRGB encoding of 0.5


def test_frame_uses_tiles_and_knows_what_was_announced() -> None:
    compositor = Compositor(document(WHITE, RED), device="cpu", animated=["#red"])
    assert at(compositor.frame({}), 5, 5) == [1, 0, 0, 1]
    moved = Tile(Box(30, 30, 46, 46), rest(compositor.document, RED).rgba)
    frame = compositor.frame({"#red": moved})
    assert at(frame, 5, 5) == [1, 1, 1, 1]
    assert at(frame, 35, 35) == [1, 0, 0, 1]
    with pytest.raises(KeyError):
        compositor.frame({"#bg": moved})


# --- incremental frames ---

# no shrinking: a failure prints its design, and shrinking designs takes minutes
QUICK = (Phase.explicit, Phase.generate)

boxes = st.builds(Box.from_xywh, st.integers(-10, 40), st.integers(-10, 40), st.integers(1, 25), st.integers(1, 25))


def noise(box: Box, seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (box.height, box.width, 4), dtype=np.uint8)


@st.composite
def designs(draw: st.DrawFn) -> Document:
    """A few layers, one group, clipping, modes, opacity, perhaps an adjustment."""
    nodes: list[Node] = []
    for index in range(draw(st.integers(2, 6))):
        box = draw(boxes)
        pixels = noise(box, index)
        nodes.append(
            Layer(
                id=f"#{index}",
                name="layer",
                path="",
                box=box,
                load=lambda pixels=pixels: pixels,  # type: ignore[misc]
                blend=draw(st.sampled_from(BLEND_MODES)),
                opacity=draw(st.sampled_from((1.0, 0.5))),
                clipped=draw(st.booleans()),
            )
        )
    if draw(st.booleans()):
        nodes.insert(draw(st.integers(0, len(nodes))), adjustment("#adjust", opacity=0.7))
    split = draw(st.integers(1, len(nodes)))
    wrapped = group(
        "#group",
        *nodes[:split],
        blend=draw(st.sampled_from((PASS_THROUGH, "normal", "multiply"))),
        opacity=draw(st.sampled_from((1.0, 0.6))),
        fill=draw(st.sampled_from((1.0, 0.8))),
    )
    return document(WHITE, wrapped, *nodes[split:])


@given(designs(), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None, phases=QUICK)
def test_incremental_frames_equal_frames_from_scratch(doc: Document, seed: int) -> None:
    chance = random.Random(seed)
    layers = [layer for layer in doc.layers() if layer.kind != "adjustment" and layer.id != "#bg"]
    animated = chance.sample(layers, min(2, len(layers)))
    ids = [layer.id for layer in animated]
    kept = Compositor(doc, device="cpu", animated=ids)
    still = {layer.id: rest(doc, layer).rgba for layer in animated}
    tiles: dict[str, Tile] = {}
    for _ in range(4):
        for layer in animated:
            if chance.random() < 0.6:
                dx, dy = chance.randint(-20, 20), chance.randint(-20, 20)
                tiles[layer.id] = Tile(layer.box.shift(dx, dy), still[layer.id])
            elif chance.random() < 0.2:
                tiles.pop(layer.id, None)
        incremental = kept.frame(tiles).clone()
        fresh = Compositor(doc, device="cpu", animated=ids).frame(tiles)
        assert torch.allclose(incremental, fresh, atol=1e-5)


@given(designs())
@settings(max_examples=40, deadline=None, phases=QUICK)
def test_announcing_layers_changes_nothing_at_rest(doc: Document) -> None:
    ids = [layer.id for layer in doc.layers() if layer.kind != "adjustment"]
    plain = Compositor(doc, device="cpu").frame({})
    live = Compositor(doc, device="cpu", animated=ids).frame({})
    assert torch.allclose(plain, live, atol=1e-4)
    assert (plain[:3] <= plain[3:] + 1e-4).all()


# --- layer files ---


def stacked(doc: Document, ids: list[str], compositor: Compositor) -> torch.Tensor:
    nodes = {node.id: node for node, _ in doc.walk()}
    canvas = torch.zeros(4, SIZE[1], SIZE[0])
    for ident in ids:
        tile = compositor.layer_tile(ident, {})
        mode = nodes[ident].blend
        blend_over(canvas, tile.placed(doc.canvas), mode if mode in BLEND_MODES else "normal")
    return canvas


def test_layer_files_stack_to_the_composite() -> None:
    inside = group("#g", replace(HALF, opacity=0.5), blend=PASS_THROUGH, opacity=0.5, masks=(mask(CANVAS, 0.5, 1),))
    doc = document(WHITE, replace(RED, blend="multiply", fill=0.5), inside)
    compositor = Compositor(doc, device="cpu")
    assert torch.allclose(stacked(doc, ["#bg", "#red", "#half"], compositor), compositor.frame({}), atol=1e-5)
    assert recomposes(doc, "#bg").verdict == "exact"
    assert recomposes(doc, "#half").verdict == "exact"
    assert recomposes(doc, "#red").verdict == "needs-blend"


def test_layer_file_of_a_clipped_layer_follows_its_base() -> None:
    clip = solid("#clip", CANVAS, (0, 255, 0, 255), clipped=True)
    doc = document(WHITE, RED, clip)
    compositor = Compositor(doc, device="cpu", animated=["#red"])
    moved = Tile(Box(30, 30, 46, 46), rest(doc, RED).rgba)
    alpha = compositor.layer_tile("#clip", {"#red": moved}).placed(doc.canvas)[3]
    assert alpha[35, 35] == 1
    assert alpha[5, 5] == 0
    assert recomposes(doc, "#clip").verdict == "no"


@pytest.mark.parametrize(
    ("node", "word"),
    [
        (replace(RED, blend="dissolve"), "dissolve"),
        (replace(RED, blend="linear-burn", fill=0.5), "fill"),
        (replace(RED, knockout="deep"), "knockout"),
    ],
)
def test_verdicts_name_their_reason(node: Layer, word: str) -> None:
    found = recomposes(document(WHITE, node), "#red")
    assert found.verdict == "no"
    assert word in found.reason


def test_verdicts_about_surroundings() -> None:
    assert "#i" in recomposes(document(RED, adjustment("#i")), "#red").reason
    assert recomposes(document(RED, adjustment("#i", visible=False)), "#red").verdict == "exact"
    assert recomposes(document(RED, HALF, adjustment("#i", clipped=True)), "#red").verdict == "exact"
    assert recomposes(document(RED, HALF, adjustment("#i", clipped=True)), "#half").verdict == "no"
    overlapping = group("#g", RED, HALF, blend="normal", opacity=0.5)
    assert "overlaps" in recomposes(document(overlapping), "#red").reason
    assert recomposes(document(group("#g", RED, HALF, blend="normal")), "#red").verdict == "exact"


# --- the check against the preview ---


def test_fidelity_sees_an_error_and_where_it_is() -> None:
    doc = document(WHITE, RED)
    right = (Compositor(doc, device="cpu").frame({}).permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    wrong = right.copy()
    wrong[32:, 32:, 0] = 0
    exact = fidelity(replace(doc, preview=lambda: right))
    off = fidelity(replace(doc, preview=lambda: wrong))
    assert fidelity(doc) is None
    assert exact is not None
    assert exact.mean == 0
    assert off is not None
    assert off.worst_box == Box(32, 32, 48, 40)
    assert off.worst_block == pytest.approx(85, abs=0.1)  # one of three channels
    assert off.mean == pytest.approx(85 * 16 * 8 / (48 * 40), abs=0.1)


def test_over_white() -> None:
    assert over_white(torch.zeros(4, 1, 1)).tolist() == [[[1.0]], [[1.0]], [[1.0]]]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_cuda_gives_the_same_picture() -> None:
    doc = document(WHITE, RED, replace(HALF, blend="soft-light"))
    on_cpu = Compositor(doc, device="cpu").frame({})
    on_gpu = Compositor(doc, device="cuda").frame({}).cpu()
    assert (on_cpu - on_gpu).abs().max() <= 2 / 255
