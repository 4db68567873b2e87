# ruff: noqa: E501 - a template is not broken where it does not break itself
"""Chat templates as the main families write theirs, put down here from what their makers document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Written:
    """A template, its BOS, and the prompt of `("system", "user", "assistant", "user")` with its opening.

    Attributes:
        name: what ChatFormat must call it: file, or the family that stands in.
        prompt: of the words [0], [1] …, as one text.
    """

    template: str
    bos: str
    name: str
    prompt: str


_GEMMA = """{{ bos_token }}
{%- if messages[0].role == 'system' -%}
  {{ raise_exception('no system role') }}
{%- endif -%}
{%- for message in messages -%}
  {%- if (message.role == 'user') != (loop.index0 % 2 == 0) -%}
    {{ raise_exception('user and model must take turns') }}
  {%- endif -%}
  {%- set who = 'model' if message.role == 'assistant' else message.role -%}
  {{ '<start_of_turn>' + who + '\\n' + message.content | trim + '<end_of_turn>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<start_of_turn>model\\n' }}{%- endif -%}"""

# Gemma 3: the system message stands in front of the first user message.
_GEMMA3 = """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
  {%- set prefix = messages[0]['content'] + '\\n\\n' -%}{%- set rest = messages[1:] -%}
{%- else -%}
  {%- set prefix = '' -%}{%- set rest = messages -%}
{%- endif -%}
{%- for message in rest -%}
  {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}{{ raise_exception('turns') }}{%- endif -%}
  {%- set who = 'model' if message['role'] == 'assistant' else message['role'] -%}
  {{ '<start_of_turn>' + who + '\\n' + (prefix if loop.first else '') }}
  {%- if message['content'] is string -%}{{ message['content'] | trim }}
  {%- elif message['content'] is iterable -%}
    {%- for item in message['content'] -%}{{ item['text'] | trim }}{%- endfor -%}
  {%- else -%}{{ raise_exception('content') }}{%- endif -%}
  {{ '<end_of_turn>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<start_of_turn>model\\n' }}{%- endif -%}"""

_QWEN25 = """{%- if tools %}
    {{- '<|im_start|>system\\n# Tools\\n' }}
    {%- for tool in tools %}{{- tool | tojson }}{%- endfor %}
    {{- '<|im_end|>\\n' }}
{%- else %}
    {%- if messages[0].role == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou help.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'user' or (message.role == 'system' and not loop.first)
            or (message.role == 'assistant' and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == 'tool' %}
        {%- if loop.index0 == 0 or messages[loop.index0 - 1].role != 'tool' %}{{- '<|im_start|>user' }}{%- endif %}
        {{- '\\n<tool_response>\\n' + message.content + '\\n</tool_response>' }}
        {%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}{{- '<|im_end|>\\n' }}{%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"""

# Qwen 3: the thoughts of old answers are dropped, so what was said before is written anew.
_QWEN3 = """{%- set ns = namespace(last=messages | length - 1, searching=true) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages | length - 1) - loop.index0 %}
    {%- if ns.searching and message.role == 'user' %}{%- set ns.searching = false %}{%- set ns.last = index %}{%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.role == 'assistant' %}
        {%- set content = message.content %}
        {%- if '</think>' in content %}{%- set content = content.split('</think>')[-1].lstrip('\\n') %}{%- endif %}
        {%- if loop.index0 > ns.last %}
            {{- '<|im_start|>assistant\\n<think>\\n\\n</think>\\n\\n' + content + '<|im_end|>\\n' }}
        {%- else %}
            {{- '<|im_start|>assistant\\n' + content + '<|im_end|>\\n' }}
        {%- endif %}
    {%- else %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
{%- endif %}"""

# Llama 3.1: a date that is asked for where there is a clock; a header of its own in the system message.
_LLAMA31 = """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}{%- set date_string = strftime_now('%d %b %Y') %}
    {%- else %}{%- set date_string = '26 Jul 2024' %}{%- endif %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set said = messages[0]['content'] | trim %}{%- set messages = messages[1:] %}
{%- else %}{%- set said = '' %}{%- endif %}
{{- '<|start_header_id|>system<|end_header_id|>\\n\\nToday Date: ' + date_string + '\\n\\n' + said + '<|eot_id|>' }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}
    {%- elif message.role == 'tool' or message.role == 'ipython' %}
        {{- '<|start_header_id|>ipython<|end_header_id|>\\n\\n' }}
        {%- if message.content is mapping %}{{- message.content | tojson }}{%- else %}{{- message.content }}{%- endif %}
        {{- '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}"""

# Mistral: no marks before an answer, the system message inside of the *last* user message, strict alternation.
_MISTRAL = """{%- if messages[0]['role'] == 'system' %}
    {%- set system = messages[0]['content'] %}{%- set rest = messages[1:] %}
{%- else %}{%- set rest = messages %}{%- endif %}
{{- bos_token }}
{%- for message in rest %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{- raise_exception('must alternate') }}{%- endif %}
    {%- if message['role'] == 'user' %}
        {%- if loop.last and system is defined %}{{- '[INST] ' + system + '\\n\\n' + message['content'] + '[/INST]' }}
        {%- else %}{{- '[INST] ' + message['content'] + '[/INST]' }}{%- endif %}
    {%- elif message['role'] == 'assistant' %}{{- ' ' + message['content'] + eos_token }}
    {%- else %}{{- raise_exception('only user and assistant') }}{%- endif %}
{%- endfor %}"""

_PHI3 = """{% for message in messages %}{% if message['role'] == 'system' %}{{ '<|system|>\\n' + message['content'] + '<|end|>\\n' }}
{%- elif message['role'] == 'user' %}{{ '<|user|>\\n' + message['content'] + '<|end|>\\n' }}
{%- elif message['role'] == 'assistant' %}{{ '<|assistant|>\\n' + message['content'] + '<|end|>\\n' }}{% endif %}{% endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}"""

_PHI4 = """{% for message in messages %}{% if message['role'] == 'system' -%}
{{ '<|im_start|>system<|im_sep|>' + message['content'] + '<|im_end|>' }}{% elif message['role'] == 'user' -%}
{{ '<|im_start|>user<|im_sep|>' + message['content'] + '<|im_end|>' }}{% elif message['role'] == 'assistant' -%}
{{ '<|im_start|>assistant<|im_sep|>' + message['content'] + '<|im_end|>' }}{% endif %}{% endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant<|im_sep|>' }}{% endif %}"""

_SMOLLM2 = """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' -%}
{{ '<|im_start|>system\\nYou are a helpful AI assistant<|im_end|>\\n' }}{% endif -%}
{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor -%}
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""

# SmolLM 3: a clock without a question whether there is one, marks for training, a thought that is opened.
_SMOLLM3 = """{%- set today = strftime_now('%d %B %Y') -%}
{{- '<|im_start|>system\\nToday: ' + today + '\\n' -}}
{%- if messages[0].role == 'system' -%}{{- messages[0].content.rstrip() -}}{%- endif -%}
{{- '<|im_end|>\\n' -}}
{%- for message in messages -%}
    {%- if message.role == 'user' -%}{{- '<|im_start|>user\\n' + message.content + '<|im_end|>\\n' -}}
    {%- elif message.role == 'assistant' -%}
        {% generation %}{{- '<|im_start|>assistant\\n' + message.content.lstrip('\\n') + '<|im_end|>\\n' -}}{% endgeneration %}
    {%- elif message.role == 'tool' -%}{{- '<|im_start|>user\\n' + message.content + '<|im_end|>\\n' -}}
    {%- elif not loop.first -%}{{- '<|im_start|>system\\n' + message.content + '<|im_end|>\\n' -}}
    {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"""

# DeepSeek's distillates: answers begin inside of a thought.
_R1 = """{{ bos_token }}{%- for message in messages %}
{%- if message['role'] == 'system' %}{{ message['content'] }}
{%- elif message['role'] == 'user' %}{{ '<｜User｜>' + message['content'] }}
{%- elif message['role'] == 'assistant' %}{{ '<｜Assistant｜>' + message['content'] + '<｜end▁of▁sentence｜>' }}{%- endif %}
{%- endfor %}{%- if add_generation_prompt %}{{ '<｜Assistant｜><think>\\n' }}{%- endif %}"""

# gpt-oss: roles with channels.
_HARMONY = """{%- for message in messages %}
{%- if message.role == 'assistant' %}
{{- '<|start|>assistant<|channel|>final<|message|>' + message.content + '<|end|>' }}
{%- elif message.role == 'tool' %}
{{- '<|start|>functions to=assistant<|channel|>commentary<|message|>' + message.content + '<|end|>' }}
{%- else %}
{{- '<|start|>' + ('developer' if message.role == 'system' else message.role) + '<|message|>' + message.content + '<|end|>' }}
{%- endif %}{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start|>assistant' }}{%- endif %}"""


def _chatml(*more: str) -> str:
    return "".join(more) + (
        "<|im_start|>system\n[0]<|im_end|>\n<|im_start|>user\n[1]<|im_end|>\n"
        "<|im_start|>assistant\n[2]<|im_end|>\n<|im_start|>user\n[3]<|im_end|>\n<|im_start|>assistant\n"
    )


_GEMMA_SAYS = (
    "<bos><start_of_turn>user\n[0]\n\n[1]<end_of_turn>\n<start_of_turn>model\n[2]<end_of_turn>\n"
    "<start_of_turn>user\n[3]<end_of_turn>\n<start_of_turn>model\n"
)

FAMILIES: dict[str, Written] = {
    "gemma 2": Written(_GEMMA, "<bos>", "file", _GEMMA_SAYS),
    "gemma 3": Written(_GEMMA3, "<bos>", "file", _GEMMA_SAYS),
    "qwen 2.5": Written(_QWEN25, "", "file", _chatml()),
    "qwen 3": Written(_QWEN3, "", "chatml", _chatml()),
    "llama 3.1": Written(
        _LLAMA31, "<|begin_of_text|>", "file",
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nToday Date: 26 Jul 2024\n\n[0]<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\n[1]<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
        "[2]<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n[3]<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
    "mistral": Written(_MISTRAL, "<s>", "file", "<s>[INST] [0]\n\n[1][/INST][2]</s>[INST] [3][/INST]"),
    "phi 3": Written(
        _PHI3, "<s>", "phi3",
        "<|system|>\n[0]<|end|>\n<|user|>\n[1]<|end|>\n<|assistant|>\n[2]<|end|>\n<|user|>\n[3]<|end|>\n<|assistant|>\n",
    ),
    "phi 4": Written(
        _PHI4, "", "file",
        "<|im_start|>system<|im_sep|>[0]<|im_end|><|im_start|>user<|im_sep|>[1]<|im_end|>"
        "<|im_start|>assistant<|im_sep|>[2]<|im_end|><|im_start|>user<|im_sep|>[3]<|im_end|>"
        "<|im_start|>assistant<|im_sep|>",
    ),
    "smollm 2": Written(_SMOLLM2, "", "file", _chatml()),
    "smollm 3": Written(_SMOLLM3, "", "file", ""),
    "deepseek r1": Written(
        _R1, "<s>", "file", "<s>[0]<｜User｜>[1]<｜Assistant｜><think>\n[2]<｜end▁of▁sentence｜><｜User｜>[3]<｜Assistant｜><think>\n"
    ),
    "gpt-oss": Written(
        _HARMONY, "", "file",
        "<|start|>developer<|message|>[0]<|end|><|start|>user<|message|>[1]<|end|><|start|>assistant[2]<|end|>"
        "<|start|>user<|message|>[3]<|end|><|start|>assistant",
    ),
}  # fmt: skip
