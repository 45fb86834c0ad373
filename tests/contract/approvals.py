"""Finds where source code makes an `Approved`: called by its name, as an attribute, or under another name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

NAME = "Approved"


def constructions(source: str) -> list[int]:
    """The lines that construct one, or give the class a second name under which to do it."""
    tree = ast.parse(source)
    names = {NAME} | {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == NAME and alias.asname
    }
    return sorted(line for node in ast.walk(tree) for line in _made_by(node, names))


def _made_by(node: ast.AST, names: set[str]) -> Iterator[int]:
    suspects: list[ast.expr] = []
    if isinstance(node, ast.Call):
        suspects = [node.func.value if _is_unbound_method(node.func) else node.func]
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        suspects = [node.value]
    elif isinstance(node, ast.ClassDef):
        suspects = node.bases
    if any(_names_it(suspect, names) for suspect in suspects):
        yield node.lineno  # type: ignore[attr-defined]  # all four kinds of node have one


def _is_unbound_method(called: ast.expr) -> TypeGuard[ast.Attribute]:
    return isinstance(called, ast.Attribute) and called.attr == "__new__"


def _names_it(node: ast.expr, names: set[str]) -> bool:
    return (isinstance(node, ast.Name) and node.id in names) or (isinstance(node, ast.Attribute) and node.attr == NAME)
