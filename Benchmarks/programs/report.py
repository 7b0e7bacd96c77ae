"""What is printed while it is measured, the table, and the JSON."""

import json
import os
import platform
import statistics
import sys
import time

from processes import CORES


class Report:
    def __init__(self, quick):
        self.quick = quick
        self.rows, self.problems, self.tables = [], [], []
        self.started = time.time()
        self.section = ""

    def begin(self, section, text):
        self.section = section
        self.say(f"{section}: {text}")

    def say(self, text):
        print(f"[{time.time() - self.started:5.0f}s] {text}", file=sys.stderr, flush=True)

    def check(self, holds, text):
        """What must be so however fast the machine is."""
        if not holds:
            self.problems.append(f"{self.section}: {text}")
            self.say(f"WRONG: {text}")

    def row(self, name, samples, unit, *, beside=None, ratios=None, wanted=None, less=False, note=""):
        """A row of the table.

        ratios: one for each round, of this figure by that of `beside` in the same round.
        wanted: what the ratio, or without ratios the figure, should be; at most that with `less`, else at least.
        """
        row = {"section": self.section, "name": name, "unit": unit, "median": statistics.median(samples),
               "samples": list(samples), "note": note}
        judged = row["median"]
        if ratios:
            judged = statistics.median(ratios)
            row |= {"beside": beside, "ratio": judged, "worst": max(ratios) if less else min(ratios),
                    "ratios": list(ratios)}
        # Figures of a quick run are nobody's.
        if wanted is not None and not self.quick:
            row |= {"wanted": wanted, "at_most": less, "met": judged <= wanted if less else judged >= wanted}
        for key in ("median", "ratio"):
            self.check(isinstance(row.get(key, 0), (int, float)) and row.get(key, 0) == row.get(key, 0),
                       f"{key} of {name} is no number")
        self.rows.append(row)
        self.say("  " + "  ".join(cell.strip() for cell in cells(row) if cell.strip()))

    def insert(self, name, text):
        """The table of a program that makes its own."""
        self.tables.append((name, text))
        self.say(f"  {name}: below")

    def table(self):
        heads = ("what", "median", "unit", "beside", "ratio", "worst", "wanted", "note")
        rows = [heads]
        section = None
        for row in self.rows:
            if row["section"] != section:
                section = row["section"]
                rows.append((f"{section}:",) + ("",) * 7)
            rows.append(cells(row))
        widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
        for row in rows:
            texts = [cell.rjust(width) if column in (1, 4, 5, 6) else cell.ljust(width)
                     for column, (cell, width) in enumerate(zip(row, widths))]
            print("  ".join(texts).rstrip())
        for _, text in self.tables:
            print("\n" + text.rstrip())

    def markdown(self):
        """The table for docs/performance.md."""
        lines = ["| what | median | unit | beside | ratio | worst | wanted | |", "|---|---:|---|---|---:|---:|---:|---|"]
        section = None
        for row in self.rows:
            if row["section"] != section:
                section = row["section"]
                lines.append(f"| **{section}** |" + " |" * 7)
            lines.append("| " + " | ".join(cell.strip() for cell in cells(row)) + " |")
        for name, text in self.tables:
            lines += ["", f"{name}:", ""] + ["    " + line for line in text.rstrip().splitlines()]
        return "\n".join(lines) + "\n"

    def document(self):
        return {"machine": {"cores": CORES, "kernel": platform.release(), "load": os.getloadavg()},
                "quick": self.quick, "seconds": round(time.time() - self.started), "rows": self.rows, "tables": dict(self.tables),
                "problems": self.problems}

    def write(self, path):
        with open(path, "w") as file:
            json.dump(self.document(), file, indent=1)
            file.write("\n")


def cells(row):
    """The texts of a row."""
    wanted = ""
    if "wanted" in row:
        sign = "≤" if row["at_most"] else "≥"
        wanted = f"{sign} {figure(row['wanted'])}" + ("" if row["met"] else " ✗")
    ratio = (figure(row["ratio"]), figure(row["worst"])) if "ratio" in row else ("", "")
    return (f"  {row['name']}", figure(row["median"]), row["unit"], row.get("beside", ""), *ratio, wanted, row["note"])


def figure(value):
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
