"""How many floating-point operations a step takes, and how many this processor could do at most."""

from __future__ import annotations

import ctypes
import re
import time
from itertools import pairwise

import numpy as np

from epsom.engine.simd.build import kernel_source
from epsom.engine.simd.compile import assemble, load
from epsom.engine.simd.ir import Module
from epsom.engine.simd.kernel import Kernel, Plan
from epsom.engine.simd.tableau import rodas5p
from epsom.engine.simd.target import Target
from epsom.engine.system import System

_ONE = re.compile(r"= f(?:add|sub|mul|div|neg) |@llvm\.sqrt\.")
_TWO = re.compile(r"@llvm\.fma(?:uladd)?\.")
_LABEL = re.compile(r"^(\w+):")
_TURN = re.compile(r"icmp slt i64 %\w+, (\d+)\n  br i1 %\w+, label %(loop\d+), label %(done\d+)")
_CALL = re.compile(r"call void @(\w+)\(")
# Sections of the work space that a plain step leaves alone.
_APART = frozenset({"matrix", "swap", "scale", "parameter", "derived", "dense", "truth", "was", "effect"})
_LINKS = 4  # independent sums of the measured peak, times as many vectors each


def _counted(text: str) -> dict[str, tuple[float, float]]:
    """Return the operations of each function with all that it calls: in all, and fused ones (each is two).

    Loops count as often as they run. What is done for single lanes only (starting, delivering, solving
    again with row exchanges) is in functions of its own and is not part of a step.
    """
    bodies = dict(re.findall(r"^define [^@]*@(\w+)\(.*?\{\n(.*?)^\}", text, flags=re.M | re.S))
    found: dict[str, tuple[float, float]] = {}

    def count(name: str) -> tuple[float, float]:
        if name not in found:
            found[name] = (0.0, 0.0)
            found[name] = _count(bodies[name], count)
        return found[name]

    for name in bodies:
        count(name)
    return found


def _count(body: str, called: object) -> tuple[float, float]:
    turns = {loop: (int(n), done) for n, loop, done in _TURN.findall(body)}
    times, ends = [1], [""]
    total = fused = 0.0
    for line in body.splitlines():
        label = _LABEL.match(line)
        if label and label[1] in turns:
            times.append(times[-1] * turns[label[1]][0])
            ends.append(turns[label[1]][1])
        elif label and label[1] == ends[-1]:
            times.pop()
            ends.pop()
        elif _TWO.search(line):
            total += 2 * times[-1]
            fused += 2 * times[-1]
        elif _ONE.search(line):
            total += times[-1]
        call = _CALL.search(line)
        if call and call[1] in ("factor", "stage"):
            assert callable(called)
            more = called(call[1])
            total, fused = total + times[-1] * more[0], fused + times[-1] * more[1]
    return total, fused


def operations(system: System, target: Target) -> dict[str, float]:
    """Return operations of one lane in a step, the share that is fused, and the bytes that a step touches."""
    total, fused = _counted(kernel_source(system, target).text)["step"]
    layout = Kernel(Module(target), Plan.of(system), rodas5p()).write()
    places = [*sorted(layout.offsets.items(), key=lambda pair: pair[1]), ("", layout.size)]
    sizes = {name: following - place for (name, place), (_, following) in pairwise(places)}
    touched = sum(size for name, size in sizes.items() if name not in _APART)
    bytes_ = target.words(touched) * 8
    return {"per_step": total, "fused_share": fused / total, "bytes_touched": float(bytes_)}


def peak(target: Target) -> float:
    """Measure the fused multiply-adds of one core: operations a second, two for each."""
    kind = f"<{target.lanes} x {'float' if target.single else 'double'}>"
    digits, sums = ("f32" if target.single else "f64"), 3 * _LINKS
    phi = [f"  %s{k} = phi {kind} [ zeroinitializer, %entry ], [ %n{k}, %loop ]" for k in range(sums)]
    fma = [
        f"  %n{k} = call {kind} @llvm.fma.v{target.lanes}{digits}({kind} %s{k}, {kind} %x, {kind} %x)"
        for k in range(sums)
    ]
    out = [
        f"  %p{k} = getelementptr {kind}, ptr %out, i64 {k}\n  store {kind} %n{k}, ptr %p{k}, align 8"
        for k in range(sums)
    ]
    width = target.words(1) * 64
    text = "\n".join([
        f'target datalayout = "{target.layout}"', f'target triple = "{target.triple}"',
        f"declare {kind} @llvm.fma.v{target.lanes}{digits}({kind}, {kind}, {kind})",
        "define void @peak(i64 %count, ptr %out) #0 {", "entry:", f"  %x = load {kind}, ptr %out, align 8",
        "  br label %loop", "loop:", "  %i = phi i64 [ 0, %entry ], [ %j, %loop ]", *phi, *fma,
        "  %j = add i64 %i, 1", "  %more = icmp slt i64 %j, %count",
        "  br i1 %more, label %loop, label %done", "done:", *out, "  ret void", "}",
        f'attributes #0 = {{ "prefer-vector-width"="{width}" "min-legal-vector-width"="{width}" }}', "",
    ])  # fmt: skip
    code = load(assemble(text, target), ["peak"], target)
    call = code.function("peak", ctypes.c_int64, ctypes.c_void_p)
    room, count = np.zeros(target.words(sums)), 2_000_000
    best = np.inf
    for _ in range(7):
        begun = time.process_time()
        call(count, room.ctypes.data)
        best = min(best, time.process_time() - begun)
    return 2.0 * target.lanes * sums * count / best
