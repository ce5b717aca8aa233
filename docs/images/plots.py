#!/usr/bin/env python3
"""Draws speed.svg and window.svg of the README. It takes the figures from the table of speeds in
docs/benchmarks.md and from benchmarks/window_study/results/full/window.dat, and has none itself.

    python3 docs/images/plots.py
"""

import math
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

STYLE = """
    text { font: 13px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
    .bold { font-weight: 600; }
    .soft { fill: #57606a; }
    .grid { stroke: #d0d7de; }
    .axis { stroke: #8c959f; }
    .line { stroke-width: 2; fill: none; }
LIGHT    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .soft { fill: #9da7b3; }
      .grid { stroke: #30363d; }
      .axis { stroke: #6e7681; }
DARK    }
"""
LIGHT = ["#0969da", "#bc4c00", "#6e7781", "#1a7f37", "#8250df", "#bf3989"]
DARK = ["#58a6ff", "#f0883e", "#8b949e", "#3fb950", "#bc8cff", "#f778ba"]


def colors(values):
    return "".join(f"    .fill{i} {{ fill: {c}; }} .line{i} {{ stroke: {c}; }}\n"
                   for i, c in enumerate(values))


STYLE = STYLE.replace("LIGHT", colors(LIGHT)).replace("DARK", colors(DARK))


def svg(width, height, title, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
            f'aria-label="{title}">\n  <style>{STYLE}  </style>\n' +
            "".join(f"  {line}\n" for line in body) + "</svg>\n")


def text(x, y, words, kind="", anchor="start"):
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{words}</text>'


def speeds():
    """Rows of the first table of docs/benchmarks.md that names PyTorch."""
    rows = []
    for line in (ROOT / "docs/benchmarks.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and "PyTorch |" in line:
            rows = [cells]
        elif rows and not line.startswith("|"):
            return rows[0][1:], [(row[0], [int(c.replace(" ", "")) if c else None for c in row[1:]])
                                 for row in rows[2:]]
        elif rows:
            rows.append(cells)
    raise SystemExit("docs/benchmarks.md has no table with PyTorch")


def speed():
    names, rows = speeds()
    left, right, bar = 16, 760, 17
    body, y = [], 24
    for i, name in enumerate(names):
        x = left + 110 * i
        body.append(f'<rect class="fill{i}" x="{x}" y="{y - 11}" width="12" height="12" rx="2"/>')
        body.append(text(x + 18, y, name))
    body.append(text(right, y, "samples/s or images/s", "soft", "end"))
    y += 28
    for label, values in rows:
        # The nets of images and of events have scales of their own.
        largest = max(v for row, vs in rows for v in vs if v and ("images" in row) == ("images" in label))
        body.append(text(left, y, label, "bold"))
        y += 8
        for i, value in enumerate(values):
            if value is None:
                continue
            width = 620 * value / largest
            body.append(f'<rect class="fill{i}" x="{left}" y="{y}" width="{width:.1f}" '
                        f'height="{bar - 3}" rx="2"/>')
            body.append(text(left + width + 6, y + 11, f"{value:,}".replace(",", " "), "soft"))
            y += bar
        y += 20
    return svg(776, y - 8, "Training speed of Tributary, LibTorch and PyTorch", body)


def window():
    series = {}
    for line in (ROOT / "benchmarks/window_study/results/full/window.dat").read_text().splitlines():
        if re.fullmatch(r"# [a-z-]+", line):
            points = series.setdefault(line[2:], [])
        elif line and not line.startswith("#"):
            at, accuracy = line.split()[:2]
            points.append((float(at), float(accuracy)))
    names = {"averaging": "averaging", "adag": "ADAG", "aeasgd": "AEASGD", "eamsgd": "EAMSGD",
             "downpour-sgd": "DOWNPOUR, SGD", "downpour-adam": "DOWNPOUR, Adam"}
    left, top, width, height = 50, 20, 560, 280

    def place(at, accuracy):
        return left + width * at / 52, top + height * (1 - accuracy)

    body = []
    for tick in range(6):
        _, y = place(0, tick / 5)
        body.append(f'<line class="{"axis" if tick == 0 else "grid"}" x1="{left}" y1="{y:g}" '
                    f'x2="{left + width}" y2="{y:g}"/>')
        body.append(text(left - 8, y + 4, f"{tick / 5:g}", "soft", "end"))
    for at in range(5, 55, 5):
        x, _ = place(at, 0)
        body.append(text(round(x, 1), top + height + 18, at, "soft", "middle"))
    body.append(text(left + width / 2, top + height + 38,
                     "window: local steps between two exchanges", "soft", "middle"))
    body.append(text(left - 40, 12, "test accuracy", "soft"))
    at_end = sorted(((place(*series[key][-1])[1], i, key) for i, key in enumerate(names)))
    last = -math.inf
    for y, i, key in at_end:
        points = [place(*p) for p in series[key]]
        body.append(f'<polyline class="line line{i}" points="' +
                    " ".join(f"{x:.1f},{v:.1f}" for x, v in points) + '"/>')
        body += [f'<circle class="fill{i}" cx="{x:.1f}" cy="{v:.1f}" r="3"/>' for x, v in points]
        last = max(y, last + 16)  # labels do not overlap
        body.append(text(left + width + 2, round(last + 4, 1), names[key], f"fill{i}"))
    return svg(740, top + height + 50, "Test accuracy against the window, by rule", body)


(HERE / "speed.svg").write_text(speed())
(HERE / "window.svg").write_text(window())
