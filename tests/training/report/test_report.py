"""The report shows what was measured, needs nothing but itself, and says what is missing."""

from __future__ import annotations

import base64
import csv
import io
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image
from toy import make_family

from perturber.core.errors import InputError
from perturber.core.parameters.plugin import kinds
from perturber.nets.families.family import Family
from perturber.training.measures.base_measure import Measure
from perturber.training.measures.family_evaluation import Findings, MeasureRow
from perturber.training.report.history import read_history
from perturber.training.report.kernels import reach, tiles
from perturber.training.report.page import write_report

BLOCKS = ("conv2d0", "mixed3a", "mixed5b")
VALUES = {
    "clean": {"top1": 0.9},
    "robust": {"0": 0.9, "0.5": 0.6, "1": 0.25},
    "shape": {"shape": 0.5, "texture": 0.25, "neither": 0.25, "shape share": 2 / 3},
    "frequency": {"low": 0.125},
    "activations": dict.fromkeys(BLOCKS, 0.75),
    "weights": dict.fromkeys((*BLOCKS, "head"), 0.95),
}


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Family:
    return make_family(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def findings(family: Family) -> Findings:
    """What might have been measured."""
    rows = [
        MeasureRow(
            variant=variant.name,
            checkpoint=checkpoint.name,
            step=checkpoint.step,
            sha256=checkpoint.sha256,
            measure=kind,
            parameters=kinds(Measure)[kind]().model_dump(),
            values=values,
        )
        for variant in family.variants
        for checkpoint in variant.checkpoints
        for kind, values in VALUES.items()
    ]
    return Findings(family, "standard @ last", "random pictures", tuple(rows), ("background",))


def write_history(folder: Path, count: int = 400) -> Path:
    lines = ["variant,step,epoch,loss,accuracy,learning_rate"]
    lines += [f"standard,{step},{step // 100},{2 / step},{1 - 1 / step},0.001" for step in range(1, count + 1)]
    file = folder / "training.csv"
    file.write_text("\n".join(lines))
    return file


@pytest.fixture(scope="module")
def written(findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[dict[str, str]]]:
    """The page and the table."""
    write_history(findings.family.folder)
    page, table = write_report(findings, tmp_path_factory.mktemp("out") / "deep")
    with table.open() as stream:
        return page.read_text(), list(csv.DictReader(stream))


def test_the_page_needs_nothing_else(written: tuple[str, list[dict[str, str]]]):
    page, _ = written
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    assert "url(" not in page
    assert "prefers-color-scheme: dark" in page
    assert "made &lt;up&gt;" in page  # what the family says is text, not markup


def test_the_page_shows_every_figure(written: tuple[str, list[dict[str, str]]]):
    page, _ = written
    charts = [ET.fromstring(text) for text in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]
    assert len(charts) == 2 + 2 + 2 + 2 + 2 + 2  # error, loss, accuracy, two correlations by variant; two of the rest
    assert [int(n) for n in re.findall(r"<b>Figure (\d)", page)] == [1, 2, 3, 4, 5, 6]
    assert "25.0 %" in page
    assert "random pictures" in page
    images = re.findall(r"data:image/png;base64,([^\"]+)", page)
    assert len(images) == 4  # a row of kernels for each checkpoint
    sheet = Image.open(io.BytesIO(base64.b64decode(images[0])))
    assert sheet.size == (4 * 8 - 1, 7)  # four kernels of 7×7 and the gaps


def test_the_table_has_every_point(written: tuple[str, list[dict[str, str]]]):
    _, rows = written
    robust = [row for row in rows if row["figure"] == "accuracy" and row["series"] == "ε 1"]
    assert [(row["variant"], row["step"], row["value"]) for row in robust] == [
        ("standard", "10", "0.25"),
        ("standard", "200", "0.25"),
        ("adversarial", "5", "0.25"),
        ("adversarial", "40", "0.25"),
    ]
    loss = [row for row in rows if row["figure"] == "training" and row["series"] == "loss"]
    assert len(loss) == 150
    assert {row["figure"] for row in rows} == {"training", "accuracy", "activations", "weights", "beyond"}


def test_a_missing_history_is_said(findings: Findings, tmp_path: Path):
    (findings.family.folder / "training.csv").unlink(missing_ok=True)
    page, _ = write_report(findings, tmp_path)
    assert "There is no training.csv" in page.read_text()


def test_a_bad_history_is_named(tmp_path: Path):
    file = write_history(tmp_path, 3)
    assert list(read_history(file)) == ["standard"]
    file.write_text(file.read_text().replace("standard,2,0", "standard,two,0"))
    with pytest.raises(InputError, match=r"training\.csv:3"):
        read_history(file)
    file.write_text("variant,step\nstandard,1\n")
    with pytest.raises(InputError, match="column loss is missing"):
        read_history(file)


def test_long_histories_are_averaged(tmp_path: Path):
    curve = read_history(write_history(tmp_path, 600))["standard"]
    assert len(curve.loss) == 150
    step, loss = curve.loss[-1]
    assert (step, loss) == (598.5, pytest.approx(np.mean([2 / s for s in range(597, 601)])))
    assert curve.error[0][1] == pytest.approx(np.mean([1 / s for s in range(1, 5)]))


def test_kernels_share_one_scale():
    weak, strong = np.zeros((2, 3, 2, 2), np.float32), np.zeros((2, 3, 2, 2), np.float32)
    strong[0, 0] = 1
    strong[1, 2] = -1
    sheet = tiles(strong, reach([weak, strong]))
    assert sheet.shape == (2, 5, 4)
    assert sheet[0, 0].tolist() == [255, 128, 128, 255]
    assert sheet[1, 4].tolist() == [128, 128, 0, 255]
    assert sheet[0, 2, 3] == 0  # the gap


def test_a_writing_failure_names_the_folder(findings: Findings, tmp_path: Path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(InputError, match="taken"):
        write_report(findings, tmp_path / "taken")
