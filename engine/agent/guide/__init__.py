"""The guide's side of a run: `turn.py` chooses and acts, everything else is a part of it.

In reading order:

- `understand/`: what somebody means. `front.py` decides what a rule recognises beyond doubt, `chooser.py` asks the
  learned chooser, `grammar.py` is what the model may say where the chooser is not sure, `corrections.py` what a choice
  is put right by; `meaning.py` names single meanings ("asks to forget"), for all of them.
- `care/`: whether somebody in need writes, and what is said to them.
- `answer/`: what is said of documents (`look_up.py`), of memories (`recall.py`, `keeping.py`,
  `forgetting.py`) and of Scrubjay (`help.py`, `questions.py`, `library.py`).
- `reckon/`: sums, bills, units, dates and times of day.

Nothing here generates text: an answer is a frame that is written here, and a sentence that somebody else wrote.
"""
