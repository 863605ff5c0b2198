"""The operations of the expression graph, each with its meaning on real numbers."""

from __future__ import annotations

from enum import IntEnum


class Op(IntEnum):
    """Name what a node computes. Truth is 1.0 and falsehood 0.0; any non-zero number counts as true."""

    # leaves
    CONST = 0
    PARAMETER = 1
    DERIVED = 2
    STATE = 3
    TIME = 4
    # arithmetic
    ADD = 10
    SUB = 11
    MUL = 12
    DIV = 13
    POW = 14
    NEG = 15
    MIN = 16
    MAX = 17
    # functions of one argument
    EXP = 30
    LOG = 31
    SQRT = 32
    ABS = 33
    FLOOR = 34
    CEIL = 35
    SIN = 36
    COS = 37
    TAN = 38
    ASIN = 39
    ACOS = 40
    ATAN = 41
    SINH = 42
    COSH = 43
    TANH = 44
    ASINH = 45
    ACOSH = 46
    ATANH = 47
    # truth
    LT = 60
    LE = 61
    EQ = 62
    NE = 63
    AND = 64
    OR = 65
    NOT = 66
    SELECT = 67


LEAVES = frozenset({Op.CONST, Op.PARAMETER, Op.DERIVED, Op.STATE, Op.TIME})
COMMUTATIVE = frozenset({Op.ADD, Op.MUL, Op.MIN, Op.MAX, Op.EQ, Op.NE, Op.AND, Op.OR})
COMPARISONS = frozenset({Op.LT, Op.LE, Op.EQ, Op.NE})
TRUTHS = COMPARISONS | {Op.AND, Op.OR, Op.NOT}
# Functions whose value is constant between jumps: their derivative is zero almost everywhere.
STEPS = TRUTHS | {Op.FLOOR, Op.CEIL}
