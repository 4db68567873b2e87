"""calculator: exact arithmetic."""

from __future__ import annotations

from typing import Any

from engine.security.taint import tool_label
from engine.tools.builtin.arithmetic import ArithmeticProblem, calculate
from engine.tools.tool import Tool, ToolContext, ToolResult


async def _run(arguments: dict[str, Any], context: ToolContext) -> ToolResult:
    try:
        calculation = calculate(arguments["expression"])
    except ArithmeticProblem as exc:
        return ToolResult(f"This cannot be calculated: {exc}", ok=False, labels=frozenset({tool_label("calculator")}))
    return ToolResult(str(calculation), labels=frozenset({tool_label("calculator")}))


CALCULATOR = Tool(
    name="calculator",
    description="Calculate exactly: + - * / ^ % ( ) sqrt.",
    parameters={
        "type": "object",
        "properties": {"expression": {"type": "string", "minLength": 1, "maxLength": 500}},
        "required": ["expression"],
    },
    family="arithmetic",
    keywords=("calculate", "plus", "minus", "times", "divided", "percent", "sum", "root", "how much", "how many"),
    run=_run,
)
