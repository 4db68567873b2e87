r"""Where maths stands in Markdown: `$x$` and `\(x\)` among words, `$$ … $$` and `\[ … \]` as lines of their own.

CommonMark has none of it. Whether a block of maths begins is decided by its first line alone, and it ends with its
closing mark or before the next empty line: so what has been shown of an answer never changes when more of it comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

PAIRS = {"$$": "$$", "\\[": "\\]", "\\(": "\\)", "$": "$"}
# Longer is no formula, and would take long to draw.
MOST = 2_000


def add_maths(parser: MarkdownIt) -> MarkdownIt:
    """Teach the parser tokens "maths" and "maths_block": content, markup, and info "closed" where it has its end."""
    parser.inline.ruler.before("escape", "maths", _inline)
    parser.block.ruler.before("fence", "maths_block", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return parser


def _inline(state: StateInline, silent: bool) -> bool:
    opening = next((mark for mark in PAIRS if state.src.startswith(mark, state.pos)), "")
    if not opening:
        return False
    start = state.pos + len(opening)
    end = _end(state.src, start, state.posMax, opening)
    content = state.src[start:end].strip() if end > start else ""
    if not content or len(content) > MOST:
        return False
    if not silent:
        token = state.push("maths", "", 0)
        token.content, token.markup, token.info = content, opening, "closed"
    state.pos = end + len(PAIRS[opening])
    return True


def _end(text: str, start: int, limit: int, opening: str) -> int:
    """Where the closing mark is, -1 without one. A lone `$` is often money: no space within, no digit behind."""
    closing = PAIRS[opening]
    end = text.find(closing, start, limit)
    if closing != "$":
        return end
    while end > 0 and text[end - 1] == "\\":
        end = text.find(closing, end + 1, limit)
    is_money = end <= start or text[start].isspace() or text[end - 1].isspace() or text[end + 1 : end + 2].isdigit()
    return -1 if is_money else end


def _block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    if state.is_code_block(first):
        return False
    line = _line(state, first)
    opening = line[:2]
    if opening not in ("$$", "\\["):
        return False
    closing, rest = PAIRS[opening], line[2:]
    if closing in rest and not (rest.endswith(closing) and rest.index(closing) == len(rest) - 2 > 0):
        return False
    if silent:
        return True
    lines, at, is_closed = [rest.removesuffix(closing)], first + 1, closing in rest
    while not is_closed and at < last and not state.isEmpty(at) and state.sCount[at] >= state.blkIndent:
        line = _line(state, at)
        is_closed = line.endswith(closing)
        lines.append(line.removesuffix(closing))
        at += 1
    token = state.push("maths_block", "", 0)
    token.content, token.markup = "\n".join(lines).strip(), opening
    token.info = "closed" if is_closed and token.content and len(token.content) <= MOST else ""
    token.map = [first, at]
    state.line = at
    return True


def _line(state: StateBlock, at: int) -> str:
    return state.src[state.bMarks[at] + state.tShift[at] : state.eMarks[at]].rstrip()
