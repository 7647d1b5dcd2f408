"""The conditions under which an answer is right: small expressions over the arrays of a figure, without `eval`.

Allowed are the arrays' names, numbers and texts, arithmetic, comparisons, `and`, `or`, `not`, indexing, and the functions
of `FUNCTIONS`. An array whose name is no Python name is written with underscores: `no object` as `no_object`, `class` as `class_`.
"""

from __future__ import annotations

import ast
import keyword
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from explorer.errors import LessonError

__all__ = ["FUNCTIONS", "check", "holds"]

LONGEST = 300
"""Characters of an expression."""
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": np.abs,
    "all": np.all,
    "any": np.any,
    "argmax": lambda values: int(np.argmax(values)),
    "argmin": lambda values: int(np.argmin(values)),
    "count": lambda values: int(np.count_nonzero(values)),
    "len": len,
    "max": np.max,
    "mean": np.mean,
    "median": np.median,
    "min": np.min,
    "sum": np.sum,
}
ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def check(text: str) -> ast.expr:
    """The expression's tree, if it holds nothing but what is allowed.

    Raises:
        LessonError: it is too long, not an expression, or holds something else.
    """
    if len(text) > LONGEST:
        raise LessonError(f"A condition has {len(text)} characters", why=f"at most {LONGEST} are taken")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise LessonError(f"The condition {text!r} cannot be read") from error
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if not _allowed(node, called=id(node) in called):
            raise LessonError(
                f"The condition {text!r} holds {ast.unparse(node) if isinstance(node, ast.expr) else 'something'!r}, "
                "which is not allowed",
                do=f"use names of arrays, numbers, texts, comparisons, indices and {', '.join(FUNCTIONS)}",
            )
    return tree


def holds(text: str, arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether the condition is true of the figure's arrays.

    Raises:
        LessonError: it cannot be read or computed, or gives no single truth value.
    """
    tree = check(text)
    names = {_written(name): array for name, array in arrays.items()}
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(_value(tree, names))
    except LessonError:
        raise
    except (ArithmeticError, IndexError, TypeError, ValueError, RecursionError) as error:
        raise LessonError(f"The condition {text!r} cannot be computed", why=str(error)) from error
    if value.dtype.kind != "b" or value.size != 1:
        raise LessonError(f"The condition {text!r} is neither true nor false")
    return bool(value)


def _written(name: str) -> str:
    """An array's name as a condition writes it."""
    plain = re.sub(r"\W", "_", name)
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def _allowed(node: ast.AST, *, called: bool) -> bool:
    if isinstance(node, ast.Name):
        return (node.id in FUNCTIONS) if called else True
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float, str, bool) and len(str(node.value)) <= 60
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords
    if isinstance(node, ast.BinOp):
        return type(node.op) in ARITHMETIC
    if isinstance(node, ast.Compare):
        return all(type(op) in COMPARISONS for op in node.ops)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub | ast.Not)
    parts = ast.Subscript | ast.Slice | ast.Tuple | ast.BoolOp | ast.boolop | ast.operator | ast.cmpop
    return isinstance(node, parts | ast.unaryop | ast.expr_context)


def _value(node: ast.AST | None, names: Mapping[str, np.ndarray]) -> Any:
    """The value of a tree that `check` has allowed."""
    match node:
        case None:
            return None
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            if name not in names:
                raise LessonError(
                    f"The figure has no array called {name!r}", do=f"choose among {', '.join(names)}"
                )
            return names[name]
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return FUNCTIONS[name](_value(argument, names))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return operator.neg(_value(operand, names))
        case ast.UnaryOp(operand=operand):
            return not _value(operand, names)
        case ast.BoolOp(op=op, values=values):
            each = (bool(_value(value, names)) for value in values)
            return all(each) if isinstance(op, ast.And) else any(each)
        case ast.BinOp(left=left, op=op, right=right):
            return ARITHMETIC[type(op)](_number(_value(left, names)), _number(_value(right, names)))
        case ast.Compare(left=left, ops=ops, comparators=rest):
            values = [_value(item, names) for item in (left, *rest)]
            pairs = zip(ops, values, values[1:], strict=False)
            result = [COMPARISONS[type(op)](one, other) for op, one, other in pairs]
            return result[0] if len(result) == 1 else np.logical_and.reduce(result)
        case ast.Subscript(value=value, slice=index):
            return _value(value, names)[_index(_value(index, names))]
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice(_value(lower, names), _value(upper, names), _value(step, names))
        case ast.Tuple(elts=elements):
            return tuple(_value(element, names) for element in elements)
    raise TypeError(type(node).__name__)


def _number(value: Any) -> np.ndarray:
    """A number or an array of numbers: a text times a number could fill the memory."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError("texts cannot be computed with")
    return array.astype(np.float64)


def _index(value: Any) -> Any:
    """An index that makes nothing larger than the array is: numbers, slices, or one mask."""
    parts = value if isinstance(value, tuple) else (value,)
    for part in parts:
        mask = isinstance(part, np.ndarray) and part.ndim and part.dtype.kind == "b" and len(parts) == 1
        if not (mask or isinstance(part, int | np.integer | slice)):
            raise TypeError("an index is a whole number, a slice or a comparison of an array")
    return value
