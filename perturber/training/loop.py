"""Training one network on rendered pictures: deterministic per seed, resumable, on any device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, interpolate

from perturber.training.pictures import PictureFile
from perturber.training.recipe import Recipe

Report = Callable[[str], None]
CLIP = 5.0
"""Largest gradient norm; rare spikes otherwise undo an epoch."""


@dataclass(frozen=True)
class Accuracy:
    """Shares of pictures whose class led, or was among the leading two."""

    top1: float
    top2: float


def batches(count: int, batch: int, seed: tuple[int, ...]) -> Iterator[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Index arrays of whole batches that visit every picture at most once, in an order the seed decides."""
    order = np.random.default_rng(seed).permutation(count)
    for start in range(0, count - batch + 1, batch):
        yield np.sort(order[start : start + batch])


def to_batch(pictures: PictureFile, index: np.ndarray[tuple[int], np.dtype[np.int64]], size: int) -> torch.Tensor:
    """Pixels of the pictures as N×3×size×size float32 in [0, 1], channels_last."""
    pixels = torch.from_numpy(np.ascontiguousarray(pictures.pixels[index])).permute(0, 3, 1, 2).float().mul_(1 / 255)
    if pixels.shape[-1] != size:
        pixels = interpolate(pixels, size=size, mode="bilinear", antialias=True)
    return pixels.contiguous(memory_format=torch.channels_last)


def train(
    module: nn.Module, pictures: PictureFile, recipe: Recipe, checkpoint: Path, report: Report, *, device: str = "cpu"
) -> None:
    """Train a module that maps pixels in [0, 1] to logits, in place.

    After every epoch the whole state goes to ``checkpoint``; an existing one is resumed.
    """
    module.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    epochs = [recipe.small] * recipe.epochs_small + [recipe.full] * recipe.epochs_full
    steps = len(pictures.targets) // recipe.batch
    optimizer = torch.optim.AdamW(module.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.rate, total_steps=steps * len(epochs))
    parts = {"module": module, "optimizer": optimizer, "schedule": schedule}
    start = _resume(parts, checkpoint)
    targets = torch.from_numpy(pictures.targets)
    for epoch in range(start, len(epochs)):
        module.train()
        losses = []
        for index in batches(len(pictures.targets), recipe.batch, (recipe.seed, epoch)):
            pixels = to_batch(pictures, index, epochs[epoch]).to(device)
            with torch.autocast(device, torch.bfloat16, enabled=device != "cpu"):
                logits = module(pixels)
            loss = cross_entropy(logits.float(), targets[index].to(device), label_smoothing=recipe.smoothing)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(module.parameters(), CLIP)
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
        _save(parts, epoch + 1, checkpoint)
        report(f"epoch {epoch + 1} of {len(epochs)} at {epochs[epoch]}²: loss {np.mean(losses):.3f}")


def accuracy(module: nn.Module, pictures: PictureFile, size: int, batch: int = 64) -> Accuracy:
    """Accuracy over a whole set of pictures, in evaluation mode and float32."""
    module.eval()
    device = next(module.parameters()).device
    first = second = 0
    with torch.inference_mode():
        for start in range(0, len(pictures.targets), batch):
            index = np.arange(start, min(start + batch, len(pictures.targets)))
            top = module(to_batch(pictures, index, size).to(device)).topk(2, dim=1).indices.cpu().numpy()
            hits = top == pictures.targets[index, None]
            first += int(hits[:, 0].sum())
            second += int(hits.any(axis=1).sum())
    return Accuracy(first / len(pictures.targets), second / len(pictures.targets))


def _resume(parts: dict[str, object], checkpoint: Path) -> int:
    if not checkpoint.is_file():
        return 0
    state = torch.load(checkpoint, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])  # type: ignore[attr-defined]
    return int(state["epoch"])


def _save(parts: dict[str, object], epoch: int, checkpoint: Path) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    state = {name: part.state_dict() for name, part in parts.items()}  # type: ignore[attr-defined]
    part_file = checkpoint.with_suffix(".part")
    torch.save({**state, "epoch": epoch}, part_file)
    part_file.replace(checkpoint)
