"""The bundled weights do what prompts say: a dozen of the bench, judged on exported frames. See docs/model-card.md."""

from __future__ import annotations

from engine.evaluation.bench import run
from engine.evaluation.items import bench_folder, read_items
from engine.evaluation.makers import by_networks
from engine.evaluation.takes import Sampled
from engine.progress import Silent

PROMPTS = (
    "bob-01", "sway-04", "swing-06", "spin_cw-01", "spin_ccw-08", "pulse-02", "in_left-03", "in_top-04", "fade_out-04",
    "flip-08", "pop-07", "still-06",
)  # fmt: skip


def satisfied(*, broken: bool, prompts: tuple[str, ...]) -> list[str]:
    wanted = {f"basic-{name}" for name in prompts}
    items = [item for item in read_items(bench_folder(None), "basic-*") if item.id in wanted]
    assert len(items) == len(prompts)
    maker = by_networks("dmdl-s", "cpu", Sampled(8, None), Silent(), broken=broken)
    row = run("shipped", items, maker, seeds=0, workers=1)
    return [judgement.item.id for judgement in row.judgements if judgement.ok]


def test_a_dozen_prompts_are_followed() -> None:
    assert len(satisfied(broken=False, prompts=PROMPTS)) >= 10


def test_shuffled_weights_fail() -> None:
    assert len(satisfied(broken=True, prompts=PROMPTS[3:7])) <= 1
