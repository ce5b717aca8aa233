#!/usr/bin/env python3
"""Makes tables of the lines of JSON that benchmarks print: report.py [--output DIR] < lines.

A line is one contestant's run in one round; its n-th line is of the n-th round. Medians over rounds:
    rate            items a second; of MB, how many
    of the limit    share of the machine's limit that was measured around the run, or around that of
                    the task's first contestant in the same round
    of the first    rate relative to that of the task's first contestant in the same round
With --output, DIR gets results.json, table.md, and for each workload the data of a picture."""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from statistics import median, quantiles


def cpu():
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(": ")[1].strip() for line in file if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def summary(runs, first):
    """One contestant's figures from its lines, and those of the task's first contestant."""
    rates = [run["rate"] for run in runs]
    figures = {key: runs[0][key] for key in ("workload", "task", "contestant", "build", "items")}
    figures["rates"] = rates
    figures["rate"] = median(rates)
    figures["quartiles"] = quantiles(rates, n=4, method="inclusive")[::2] if len(rates) > 1 else rates * 2
    figures["of_the_first"] = median(run["rate"] / one["rate"] for run, one in zip(runs, first))
    if "amount" in runs[0]:
        figures["unit"] = runs[0]["unit"] + "/s"
        figures["uses"] = figures["rate"] * runs[0]["amount"]
        limits = [run.get("limit", one.get("limit")) for run, one in zip(runs, first)]
        if None not in limits:
            figures["limit"] = median(limits)
            figures["of_the_limit"] = median(
                run["rate"] * run["amount"] / limit for run, limit in zip(runs, limits))
    return figures


def number(value):
    return f"{value:,.0f}".replace(",", " ") if value >= 1000 else f"{value:.3g}"


def table(rows):
    text = "| task | contestant | rate | quartiles | µs each | uses | of the limit | of the first |\n"
    text += "|---|---|--:|--:|--:|--:|--:|--:|\n"
    for row in rows:
        memory = row["items"] == "MB"
        cells = [row["task"], row["contestant"],
                 f"{number(row['rate'])} {row['items']}" + ("" if memory else "/s"),
                 " – ".join(number(value) for value in row["quartiles"]),
                 "" if memory else number(1e6 / row["rate"]),
                 f"{number(row['uses'])} {row['unit']}" if "uses" in row else "",
                 f"{row['of_the_limit']:.2f}" if "of_the_limit" in row else "",
                 f"{row['of_the_first']:.2f}"]
        text += "| " + " | ".join(cells) + " |\n"
    return text


def bars(tasks):
    """For plot.gp: place, length, label; a heading has no length. From top to bottom."""
    text, place = "", 0
    for task, rows in tasks.items():
        key, what = (("of_the_limit", "share of the machine's limit")
                     if all("of_the_limit" in row for row in rows) else
                     ("of_the_first", "relative to the first"))
        text += f'{place} nan "{{/:Bold {task}: {what}}}"\n'
        for row in rows:
            place -= 1
            text += f'{place} {row[key]:.4f} "{row["contestant"]}"\n'
        place -= 2
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path)
    output = parser.parse_args().output

    workloads = {}  # workload -> task -> contestant -> its lines
    for run in map(json.loads, sys.stdin):
        tasks = workloads.setdefault(run["workload"], {})
        tasks.setdefault(run["task"], {}).setdefault(run["contestant"], []).append(run)
    for tasks in workloads.values():
        for task, contestants in tasks.items():
            first = next(iter(contestants.values()))
            tasks[task] = [summary(runs, first) for runs in contestants.values()]

    about = {"host": cpu(), "cores": os.cpu_count(), "date": time.strftime("%Y-%m-%d")}
    text = f"{about['host']}, {about['cores']} cores, {about['date']}. Medians.\n"
    for workload, tasks in workloads.items():
        text += f"\n## {workload}\n\n" + table([row for rows in tasks.values() for row in rows])
    if not output:
        print(text, end="")
        return
    output.mkdir(parents=True, exist_ok=True)
    rows = [row for tasks in workloads.values() for rows in tasks.values() for row in rows]
    (output / "results.json").write_text(json.dumps(about | {"results": rows}, indent=1) + "\n")
    (output / "table.md").write_text(text)
    for workload, tasks in workloads.items():
        if any(len(rows) > 1 for rows in tasks.values()):
            (output / f"{workload}.dat").write_text(bars(tasks))


if __name__ == "__main__":
    main()
