"""What is measured in the process of a tree, by products of the package Benchmarks that print rows of their own.

(g) CrashRates: crashes a second; (h) ScalingCosts: the autoscaler beside a schedule that knows the arrivals.
"""

import subprocess

from processes import Failed


def measure(bench, product):
    declared = (bench.root / "Benchmarks" / "Package.swift").read_text()
    if f'name: "{product}"' not in declared:
        bench.report.say(f"there is no product {product} in Benchmarks/Package.swift: left out")
        return
    if bench.quick:
        bench.report.say(f"{product} is left out: the package Benchmarks is not built here")
        return
    bench.report.say(f"building {product}: minutes the first time, then seconds")
    package = ["--package-path", "Benchmarks", "--scratch-path", "Benchmarks/.build", "-c", "release", "--product", product]
    built = subprocess.run(["swift", "build", *package], cwd=bench.root, capture_output=True, text=True)
    if built.returncode != 0:
        raise Failed(f"{product} does not compile: {built.stdout[-3000:]}")
    result = subprocess.run(
        [bench.root / "Benchmarks/.build/release" / product], cwd=bench.root, capture_output=True, text=True)
    bench.report.check(result.returncode == 0, f"{product} ended with {result.returncode}: {result.stderr[-1000:]}")
    bench.report.insert(product, result.stdout)
