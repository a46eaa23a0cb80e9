"""Time of one training step, part by part: data, forward and backward, with compiled blocks and without.

    python benchmarks/training_step.py [--device cuda] [--buckets 3] [--small]

Figures are milliseconds a step (median), and what the blocks' arithmetic alone would take at `--peak` TFLOP/s.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent))

from engine.dataset import library
from engine.dataset.recipes import RELATIONS, Recipes
from engine.dataset.wish import KINDS, PART_KINDS
from engine.model.autoencoder import Autoencoder
from engine.model.config import AutoencoderConfig, TransformerConfig
from engine.model.transformer import Transformer
from engine.model.words import Words, load_words
from engine.training import autoencoder as ae
from engine.training import transformer as dit
from engine.training.buckets import AUTOENCODER, TRANSFORMER, Bucket
from engine.training.checkpoints import compile_blocks
from engine.training.data import ROUND, Source, clips


def recipes(count: int, layers: int, drawings: int, words: int, device: torch.device) -> Recipes:
    """Recipes of chance: what they ask for does not matter to the clock."""

    def some(low: int, high: int, *shape: int) -> torch.Tensor:
        return torch.randint(low, high, (count, layers, *shape), device=device)

    return Recipes(
        some(0, drawings), some(0, len(KINDS), 2), some(-1, 2, 2), some(-1, 2, 2), some(-1, len(PART_KINDS), 2),
        some(-1, 2, 2), some(-1, 2, 2), some(0, 2), some(1, words, 40), some(1, words, 40)[:, 0],
        torch.randint(0, len(RELATIONS), (count,), device=device),
    )  # fmt: skip


def median(work: Callable[[], object], device: torch.device, repeats: int = 8) -> float:
    times = []
    for index in range(repeats + 2):
        if device.type == "cuda":
            torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        if index >= 2:
            times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times)


def autoencoder_step(data: Source, bucket: Bucket, model: Autoencoder, device: torch.device) -> tuple[float, float]:
    task, optimizer = ae.AutoencoderTask(model), torch.optim.AdamW(model.parameters(), fused=device.type == "cuda")
    batch = ae.gather(clips(data, bucket, 0, 0, 0)[0])

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            loss = task(batch)["loss"]
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return median(lambda: clips(data, bucket, 0, 1, 0), device) / ROUND, median(step, device)


def transformer_step(
    data: Source, bucket: Bucket, model: Transformer, words: Words, device: torch.device
) -> tuple[float, float]:
    task, optimizer = dit.TransformerTask(model), torch.optim.AdamW(model.parameters(), fused=device.type == "cuda")
    chance = torch.Generator(device).manual_seed(0)
    batches = clips(data, bucket, 0, 0, 0, filmed=False)[0]

    def prepare() -> dit.Lesson:
        return dit.lesson(batches, model, words, chance)

    ready = prepare()

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            loss = task(ready)["loss"]
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    made = median(lambda: clips(data, bucket, 0, 1, 0, filmed=False), device) / ROUND
    return made + median(prepare, device), median(step, device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--buckets", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="tiny networks and batches: does it run")
    parser.add_argument("--workers", type=int, default=None)
    options = parser.parse_args()
    device = torch.device(options.device)
    torch.backends.cuda.matmul.allow_tf32 = True
    began = time.perf_counter()
    drawn = library.build(16 if options.small else 96, 0, "train", 96 if options.small else 192, options.workers)
    print(f"{len(drawn.entries)} drawings in {time.perf_counter() - began:.1f} s")
    words = load_words()
    words = replace(words, vectors=words.vectors.to(device))
    many = (len(drawn.entries), len(words.vectors), device)
    data = Source(
        drawn.to(device), *(recipes(999, 1, *many) for _ in range(3)), {n: recipes(999, n, *many) for n in (2, 3, 4)}
    )
    small_a = AutoencoderConfig(width=32, heads=2, encoder_depth=1, decoder_depth=1, detail_depth=2, axes=(4, 6, 6))
    small_t = TransformerConfig(width=48, heads=2, depth=1, axes=(4, 8, 6, 6))
    for compiled in (False, True) if device.type == "cuda" else (False,):
        encoder = Autoencoder(small_a if options.small else AutoencoderConfig()).to(device)
        model = Transformer(small_t if options.small else TransformerConfig()).to(device)
        if compiled:
            compile_blocks(encoder)
            compile_blocks(model)
        for name, buckets in (("autoencoder", AUTOENCODER), ("transformer", TRANSFORMER)):
            for bucket in (*buckets[: options.buckets], *(b for b in buckets[options.buckets :] if b.layers > 1)):
                if options.small:
                    bucket = Bucket(bucket.rows, bucket.columns, 9, 4, 1, bucket.layers)
                began = time.perf_counter()
                if name == "autoencoder":
                    made, step = autoencoder_step(data, bucket, encoder, device)
                else:
                    made, step = transformer_step(data, bucket, model, words, device)
                peak = torch.cuda.max_memory_allocated() / 2**30 if device.type == "cuda" else 0
                print(
                    f"{name:11} {'compiled' if compiled else 'eager':8} {bucket.rows}x{bucket.columns} "
                    f"{bucket.steps} steps {bucket.layers} layers batch {bucket.batch}: data {made:.1f} ms, "
                    f"step {step:.1f} ms, {peak:.1f} GiB, with warm-up {time.perf_counter() - began:.1f} s",
                    flush=True,
                )


if __name__ == "__main__":
    main()
