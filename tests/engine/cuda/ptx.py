"""Run PTX without a GPU: translate the instructions that are generated here for this processor.

Written from NVIDIA's *Parallel Thread Execution ISA*, not from the code generator: it is a second opinion
on what the generated text means. It knows one thread; an instruction that it does not know is a fault.
Registers become memory, since nothing here needs to be fast.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from epsom.engine.simd.target import Target

_KINDS = {
    "f64": "double", "f32": "float", "s64": "i64", "u64": "i64", "b64": "i64", "s32": "i32", "u32": "i32",
    "b32": "i32",
}  # fmt: skip
_ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
# max and min return the other number where one is NaN, as IEEE 754's maxNum does
_FUNCTIONS = {"sqrt": "sqrt", "abs": "fabs", "max": "maxnum", "min": "minnum", "fma": "fma"}
_ROUNDINGS = {"rmi": "floor", "rpi": "ceil"}
_WHOLE = {
    "add.s": "add", "add.u": "add", "sub.s": "sub", "mul.lo.s": "mul", "and.b": "and", "or.b": "or",
    "xor.b": "xor", "shl.b": "shl", "shr.u": "lshr", "shr.s": "ashr", "rem.u": "urem",
}  # fmt: skip
_FLOAT_TESTS = {
    "eq": "oeq", "ne": "one", "lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "num": "ord",
    "nan": "uno", "equ": "ueq", "neu": "une", "ltu": "ult", "leu": "ule", "gtu": "ugt", "geu": "uge",
}  # fmt: skip
_TABLE = r"\.global \.align (\d+) \.b8 (\w+)\[(\d+)\](?: = \{(.*?)\})?;"
_ADDRESS = re.compile(r"\[([^\]+]+)(?:\+(-?\d+))?\]")


def to_llvm(ptx: str, target: Target) -> str:
    """Translate a program; what was ``.visible .entry`` is exported."""
    ptx = re.sub(r"//.*", "", ptx)
    head = [f'target datalayout = "{target.layout}"', f'target triple = "{target.triple}"']
    counts = {"sqrt": 1, "fabs": 1, "floor": 1, "ceil": 1}
    counts |= {"maxnum": 2, "minnum": 2, "copysign": 2, "fma": 3}
    for kind, bits in (("double", "f64"), ("float", "f32")):
        for name, count in counts.items():
            head.append(f"declare {kind} @llvm.{name}.{bits}({', '.join([kind] * count)})")
    head += [_table(*parts) for parts in re.findall(_TABLE, ptx)]
    pattern = r"(\.visible \.entry|\.func)( +\(.*?\))? +(\w+)\((.*?)\)\s*(\{.*?^\})"
    found = re.findall(pattern, ptx, flags=re.DOTALL | re.MULTILINE)
    assert found, "no functions"
    return "\n".join([*head, *(_Body(*parts).text for parts in found), ""])


def _table(alignment: str, name: str, size: str, values: str) -> str:
    """Translate a table of bytes; what is not given is zero."""
    given = [int(v) for v in values.split(",") if v.strip()]
    listed = ", ".join(f"i8 {v}" for v in given + [0] * (int(size) - len(given)))
    return f"@{name} = internal constant [{size} x i8] [{listed}], align {alignment}"


class _Body:
    """Translate one function."""

    def __init__(self, kind: str, result: str, name: str, parameters: str, body: str) -> None:
        self._parameters = re.findall(r"(\w+_param_\d+)", parameters)
        self._result = re.findall(r"(\w+_retval\d+)", result)
        self._lines: list[str] = []
        self._count = 0
        self._known: set[str] = set()
        self._open = True
        for line in body.strip("{}").replace(";", ";\n").splitlines():
            text = line.strip().rstrip(";").strip()
            if text in ("", "{", "}") or text.startswith((".reg", ".param")):
                continue
            self._statement(text)
        linkage = "" if "entry" in kind else "internal "
        listed = ", ".join(f"i64 %{n}" for n in self._parameters)
        kind = "i64" if self._result else "void"
        places = [f"  %place.{k} = alloca i64" for k in sorted(self._known)]
        self.text = "\n".join(
            [f"define {linkage}{kind} @{name}({listed}) {{", *places, *self._lines, "}"]
        )  # fmt: skip

    # text

    def _do(self, line: str) -> None:
        if not self._open:  # what follows an unconditional end starts a block of its own
            self._label(self._new("dead"))
        self._lines.append(f"  {line}")

    def _new(self, word: str = "v") -> str:
        self._count += 1
        return f"{word}.{self._count}"

    def _let(self, expression: str) -> str:
        name = f"%{self._new()}"
        self._do(f"{name} = {expression}")
        return name

    def _label(self, name: str) -> None:
        if self._open:
            self._lines.append(f"  br label %{name}")
        self._lines.append(f"{name}:")
        self._open = True

    # operands: registers have 64 bits, of which smaller numbers take the lowest; truths are 0 and 1

    def _place(self, register: str) -> str:
        key = register.lstrip("%")
        self._known.add(key)
        return f"%place.{key}"

    def _bits(self, operand: str) -> str:
        if operand.startswith("%"):
            return self._let(f"load i64, ptr {self._place(operand)}")
        if operand.startswith(("0d", "0f")):
            return str(int(operand[2:], 16))
        if operand.startswith("__local_depot"):
            return self._let(f"ptrtoint ptr %{operand} to i64")
        if operand[0].isalpha():
            return f"ptrtoint (ptr @{operand} to i64)"
        return str(int(operand, 0))

    def _read(self, operand: str, kind: str) -> str:
        bits = self._bits(operand)
        if kind in ("i32", "float"):
            bits = self._let(f"trunc i64 {bits} to i32")
        if kind == "float":
            return self._let(f"bitcast i32 {bits} to float")
        return self._let(f"bitcast i64 {bits} to double") if kind == "double" else bits

    def _truth(self, operand: str) -> str:
        return self._let(f"icmp ne i64 {self._bits(operand)}, 0")

    def _set(self, register: str, kind: str, value: str) -> None:
        if kind == "float":
            kind, value = "i32", self._let(f"bitcast float {value} to i32")
        if kind in ("i32", "i1"):
            value = self._let(f"zext {kind} {value} to i64")
        if kind == "double":
            value = self._let(f"bitcast double {value} to i64")
        self._do(f"store i64 {value}, ptr {self._place(register)}")

    def _address(self, operand: str, size: int) -> str:
        """Return an address, rounded down to where a number of this size may be: a GPU allows no other."""
        match = _ADDRESS.fullmatch(operand)
        assert match, operand
        place = self._let(f"add i64 {self._bits(match[1])}, {match[2] or 0}")
        return self._let(f"inttoptr i64 {self._let(f'and i64 {place}, {-size}')} to ptr")

    # statements

    def _statement(self, text: str) -> None:
        if text.endswith(":"):
            self._label(text[:-1].lstrip("$"))
        elif text.startswith(".local"):
            match = re.fullmatch(r"\.local \.align (\d+) \.b8\s+(\w+)\[(\d+)\]", text)
            assert match, text
            self._lines.append(f"  %{match[2]} = alloca [{match[3]} x i8], align {match[1]}")
        elif text.startswith("@"):
            guard, op, to = text.split()
            assert op.split(".")[0] == "bra", text
            truth, following, to = self._truth(guard.lstrip("@!")), self._new("next"), to.lstrip("$")
            yes, no = (following, to) if guard.startswith("@!") else (to, following)
            self._do(f"br i1 {truth}, label %{yes}, label %{no}")
            self._open = False
            self._label(following)
        else:
            op, _, rest = text.partition(" ") if " " in text else text.partition("\t")
            self._instruction(op.strip(), [a.strip() for a in re.split(r",(?![^(]*\))", rest.strip())])

    def _instruction(self, op: str, a: list[str]) -> None:
        parts = op.split(".")
        control: dict[str, Callable[[list[str]], None]] = {
            "ret": self._return, "bra": self._jump, "call": self._call,
        }  # fmt: skip
        if parts[0] in control:
            control[parts[0]](a)
        elif parts[0] in ("ld", "st", "atom"):
            self._memory(op, parts, a)
        elif parts[0] in ("mov", "cvta"):
            self._set(a[0], "i64", self._bits(a[1]))
        elif parts[0] == "setp":
            self._compare(parts, a)
        elif parts[-1] == "pred":
            self._logic(parts[0], a)
        elif parts[0] == "selp":
            yes, no = self._bits(a[1]), self._bits(a[2])
            self._set(a[0], "i64", self._let(f"select i1 {self._truth(a[3])}, i64 {yes}, i64 {no}"))
        elif parts[0] == "cvt":
            self._convert(parts, a)
        else:
            self._calculate(op, parts, a)

    def _calculate(self, op: str, parts: list[str], a: list[str]) -> None:
        kind = _KINDS[parts[-1]]
        x = [self._read(word, kind) for word in a[1:]]
        if op[:-2] in _WHOLE:
            value = f"{_WHOLE[op[:-2]]} {kind} {x[0]}, {x[1]}"
        elif op[:-2] == "mad.lo.s":
            value = f"add {kind} {self._let(f'mul {kind} {x[0]}, {x[1]}')}, {x[2]}"
        elif op in ("neg.f64", "neg.f32"):
            value = f"fneg {kind} {x[0]}"
        elif op in ("rcp.rn.f64", "rcp.rn.f32"):
            value = f"fdiv {kind} 1.0, {x[0]}"
        elif parts[0] == "copysign":  # the sign of the first on the size of the second
            value = self._function("copysign", kind, [x[1], x[0]])
        elif parts[0] in _FUNCTIONS and kind in ("double", "float"):
            value = self._function(_FUNCTIONS[parts[0]], kind, x)
        else:
            assert parts[0] in _ARITHMETIC, f"unknown instruction {op}"
            assert parts[1:-1] in ([], ["rn"]), f"unknown instruction {op}"
            value = f"{_ARITHMETIC[parts[0]]} {kind} {x[0]}, {x[1]}"
        self._set(a[0], kind, self._let(value))

    def _function(self, name: str, kind: str, x: list[str]) -> str:
        bits = {"double": "f64", "float": "f32"}[kind]
        return f"call {kind} @llvm.{name}.{bits}({', '.join(f'{kind} {v}' for v in x)})"

    def _convert(self, parts: list[str], a: list[str]) -> None:
        to, source = _KINDS[parts[-2]], _KINDS[parts[-1]]
        x, how = self._read(a[1], source), parts[1:-2]
        ways = {
            ("float", "double"): "fpext", ("double", "float"): "fptrunc", ("i64", "double"): "sitofp",
            ("i32", "float"): "sitofp", ("i64", "i32"): "trunc", ("i32", "i64"): "sext",
        }  # fmt: skip
        if to == source:
            value = self._function(_ROUNDINGS[how[0]], to, [x])
        else:
            assert how in ([], ["rn"]), parts
            assert "u" not in parts[-1] or to == "i32", parts
            value = f"{ways[source, to]} {source} {x} to {to}"
        self._set(a[0], to, self._let(value))

    def _memory(self, op: str, parts: list[str], a: list[str]) -> None:
        if op == "ld.param.b64":
            word = f"%{a[1].strip('[]')}"
            self._set(a[0], "i64", word if word[1:] in self._parameters else self._bits(word))
        elif op == "st.param.b64":
            self._set("%" + a[0].strip("[]"), "i64", self._bits(a[1]))
        elif parts[0] == "ld":
            kind, size = _KINDS[parts[-1]], int(parts[-1][1:]) // 8
            self._set(a[0], kind, self._let(f"load volatile {kind}, ptr {self._address(a[1], size)}"))
        elif parts[0] == "st":
            kind, size = _KINDS[parts[-1]], int(parts[-1][1:]) // 8
            value = self._read(a[1], kind)
            self._do(f"store volatile {kind} {value}, ptr {self._address(a[0], size)}")
        else:
            assert parts[-2:] == ["add", "u64"], f"unknown instruction {op}"
            place = self._address(a[1], 8)
            self._set(a[0], "i64", self._let(f"atomicrmw add ptr {place}, i64 {self._bits(a[2])} seq_cst"))

    def _compare(self, parts: list[str], a: list[str]) -> None:
        _, how, word = parts
        kind = _KINDS[word]
        left, right = self._read(a[1], kind), self._read(a[2], kind)
        if word[0] == "f":
            truth = self._let(f"fcmp {_FLOAT_TESTS[how]} {kind} {left}, {right}")
        else:
            truth = self._let(f"icmp {how if how in ('eq', 'ne') else word[0] + how} {kind} {left}, {right}")
        self._set(a[0], "i1", truth)

    def _logic(self, op: str, a: list[str]) -> None:
        left = self._truth(a[1])
        right = "true" if op == "not" else self._truth(a[2])
        self._set(a[0], "i1", self._let(f"{'xor' if op == 'not' else op} i1 {left}, {right}"))

    def _return(self, _: list[str]) -> None:
        self._do(f"ret i64 {self._bits('%' + self._result[0])}" if self._result else "ret void")
        self._open = False

    def _jump(self, a: list[str]) -> None:
        self._do(f"br label %{a[0].lstrip('$')}")
        self._open = False

    def _call(self, a: list[str]) -> None:
        result = a.pop(0).strip("()") if a[0].startswith("(") else None
        given = [word.strip() for word in a[1].strip("()").split(",")]
        listed = ", ".join(f"i64 {self._bits('%' + word)}" for word in given)
        if result is None:
            self._do(f"call void @{a[0]}({listed})")
        else:
            self._set("%" + result, "i64", self._let(f"call i64 @{a[0]}({listed})"))
