"""Run PTX without a GPU: translate the instructions that are generated here for this processor.

Written from NVIDIA's *Parallel Thread Execution ISA*, not from the code generator: it is a second opinion
on what the generated text means. It knows one thread; an instruction that it does not know is a fault.
Registers become memory, since nothing here needs to be fast.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from epsom.engine.simd.target import Target

_ARITHMETIC = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_FUNCTIONS = {"sqrt.rn.f64": "sqrt", "abs.f64": "fabs", "cvt.rmi.f64.f64": "floor", "cvt.rpi.f64.f64": "ceil"}
# max and min return the other number where one is NaN, as IEEE 754's maxNum does
_PAIRS = {"max.f64": "maxnum", "min.f64": "minnum", "fma.rn.f64": "fma"}
_WHOLE = {
    "add.s64": "add", "add.u64": "add", "sub.s64": "sub", "mul.lo.s64": "mul", "and.b64": "and",
    "or.b64": "or", "xor.b64": "xor", "shl.b64": "shl", "shr.u64": "lshr", "shr.s64": "ashr",
    "rem.u64": "urem",
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
    head += [f"declare double @llvm.{n}.f64(double)" for n in _FUNCTIONS.values()]
    head += [f"declare double @llvm.{n}.f64(double, double)" for n in ("maxnum", "minnum")]
    head += ["declare double @llvm.fma.f64(double, double, double)"]
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

    # operands: everything is 64 bits, truths are 0 and 1

    def _place(self, register: str) -> str:
        key = register.lstrip("%")
        self._known.add(key)
        return f"%place.{key}"

    def _bits(self, operand: str) -> str:
        if operand.startswith("%"):
            return self._let(f"load i64, ptr {self._place(operand)}")
        if operand.startswith("0d"):
            return str(int(operand[2:], 16))
        if operand.startswith("__local_depot"):
            return self._let(f"ptrtoint ptr %{operand} to i64")
        if operand[0].isalpha():
            return f"ptrtoint (ptr @{operand} to i64)"
        return str(int(operand, 0))

    def _double(self, operand: str) -> str:
        return self._let(f"bitcast i64 {self._bits(operand)} to double")

    def _truth(self, operand: str) -> str:
        return self._let(f"icmp ne i64 {self._bits(operand)}, 0")

    def _set(self, register: str, kind: str, value: str) -> None:
        how = {"double": "bitcast", "i1": "zext"}
        if kind in how:
            value = self._let(f"{how[kind]} {kind} {value} to i64")
        self._do(f"store i64 {value}, ptr {self._place(register)}")

    def _address(self, operand: str) -> str:
        match = _ADDRESS.fullmatch(operand)
        assert match, operand
        base = self._let(f"inttoptr i64 {self._bits(match[1])} to ptr")
        return self._let(f"getelementptr i8, ptr {base}, i64 {match[2] or 0}")

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
        elif op in _WHOLE:
            self._set(a[0], "i64", self._let(f"{_WHOLE[op]} i64 {self._bits(a[1])}, {self._bits(a[2])}"))
        elif op == "mad.lo.s64":
            product = self._let(f"mul i64 {self._bits(a[1])}, {self._bits(a[2])}")
            self._set(a[0], "i64", self._let(f"add i64 {product}, {self._bits(a[3])}"))
        else:
            self._set(a[0], "double", self._number(op, parts, a))

    def _number(self, op: str, parts: list[str], a: list[str]) -> str:
        if op == "cvt.rn.f64.s64":
            return self._let(f"sitofp i64 {self._bits(a[1])} to double")
        x = [self._double(word) for word in a[1:]]
        if op == "neg.f64":
            return self._let(f"fneg double {x[0]}")
        if op == "rcp.rn.f64":
            return self._let(f"fdiv double 1.0, {x[0]}")
        if op in _FUNCTIONS or op in _PAIRS:
            name = _FUNCTIONS.get(op) or _PAIRS[op]
            return self._let(f"call double @llvm.{name}.f64({', '.join(f'double {v}' for v in x)})")
        assert parts[0] in _ARITHMETIC, f"unknown instruction {op}"
        assert parts[1:] in (["f64"], ["rn", "f64"]), f"unknown instruction {op}"
        return self._let(f"{_ARITHMETIC[parts[0]]} double {x[0]}, {x[1]}")

    def _memory(self, op: str, parts: list[str], a: list[str]) -> None:
        if op == "ld.param.b64":
            word = f"%{a[1].strip('[]')}"
            self._set(a[0], "i64", word if word[1:] in self._parameters else self._bits(word))
        elif op == "st.param.b64":
            self._set("%" + a[0].strip("[]"), "i64", self._bits(a[1]))
        elif parts[0] == "ld" and parts[-1] == "b64":
            self._set(a[0], "i64", self._let(f"load volatile i64, ptr {self._address(a[1])}, align 8"))
        elif parts[0] == "st" and parts[-1] == "b64":
            self._do(f"store volatile i64 {self._bits(a[1])}, ptr {self._address(a[0])}, align 8")
        else:
            assert parts[-2:] == ["add", "u64"], f"unknown instruction {op}"
            before = self._let(f"atomicrmw add ptr {self._address(a[1])}, i64 {self._bits(a[2])} seq_cst")
            self._set(a[0], "i64", before)

    def _compare(self, parts: list[str], a: list[str]) -> None:
        _, how, kind = parts
        if kind == "f64":
            left, right = self._double(a[1]), self._double(a[2])
            truth = self._let(f"fcmp {_FLOAT_TESTS[how]} double {left}, {right}")
        else:
            test = how if how in ("eq", "ne") else {"s": "s", "u": "u"}[kind[0]] + how
            truth = self._let(f"icmp {test} i64 {self._bits(a[1])}, {self._bits(a[2])}")
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
