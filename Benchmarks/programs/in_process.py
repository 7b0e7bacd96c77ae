"""What is measured in the process of a tree, by products of the package Benchmarks that write their figures as JSON.

(g) CrashRates: crashes a second; (h) ScalingCosts: the autoscaler beside a schedule that knows the arrivals.
"""

import json
import subprocess

from processes import Failed


def crashes(bench):
    for figures in run(bench, "CrashRates"):
        whole = figures["lost"] == 0 and figures["unreplaced"] == 0 and figures["gave_up"] == 0
        bench.report.check(whole, f"not all is well after the crashes: {figures}")
        bench.report.row(
            f"{figures['budgets']}: crashes of workers", [figures["crashes_per_second"]], "a second",
            wanted=10_000 if figures["budgets"] == "raised budgets" else None,
            note=f"replaced in {figures['median_us']:.0f} µs, p99 {figures['p99_us']:.0f}; "
            f"{figures['messages']:,} messages, {figures['lost']} lost")


def scaling(bench):
    for figures in run(bench, "ScalingCosts"):
        bench.report.row(
            f"{figures['load']}: worker-seconds", [figures["worker_seconds"]], "s", beside="the optimum",
            ratios=[figures["ratio"]], wanted=1.3, less=True,
            note=f"waits p50 {figures['wait_p50_ms']:.1f} ms, p99 {figures['wait_p99_ms']:.1f}; {figures['actions']} actions")


def run(bench, product):
    """Builds a product, and reads what it says; nothing where it is not built."""
    if f'name: "{product}"' not in (bench.root / "Benchmarks" / "Package.swift").read_text():
        bench.report.say(f"there is no product {product} in Benchmarks/Package.swift: left out")
        return []
    if bench.quick:
        bench.report.say(f"{product} is left out: the package Benchmarks is not built here")
        return []
    bench.report.say(f"building {product}: minutes the first time, then seconds")
    package = ["--package-path", "Benchmarks", "--scratch-path", "Benchmarks/.build", "-c", "release", "--product", product]
    built = subprocess.run(["swift", "build", *package], cwd=bench.root, capture_output=True, text=True)
    if built.returncode != 0:
        raise Failed(f"{product} does not compile: {built.stdout[-3000:]}")
    program = bench.root / "Benchmarks/.build/release" / product
    result = subprocess.run([program, "--json"], cwd=bench.root, capture_output=True, text=True)
    bench.report.check(result.returncode == 0, f"{product} ended with {result.returncode}: {result.stderr[-1000:]}")
    try:
        return json.loads(result.stdout)
    except json.JSONDecodeError as error:
        raise Failed(f"{product} wrote no JSON: {error}") from error
