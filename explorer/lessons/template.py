"""A new lesson, valid as it is, to be written over."""

from __future__ import annotations

from pathlib import Path

from explorer.errors import LessonError
from explorer.lessons.shelf import NAME

__all__ = ["new_lesson"]

TEXT = """---
title: {title}
minutes: 5
level: introductory
source: Vaswani et al., “Attention Is All You Need”, 2017
---

## Attention of one head

“They” could refer to the robots or to the trees. The lines show how much the word attends to every other word: the more
opaque the line, the larger the weight.

```yaml
view: self-attention
panel: look
controls: layer=2&head=2&query=9
```

## A question

Change one word, and the pronoun refers to another noun. Choose an answer to see the figure.

```yaml
view: self-attention
panel: look
controls: sentence=the robots near the trees are cool because they are leafy .&layer=2&head=2&query=9
question: To which word does “they” attend most?
answers:
  robots: argmax(weights) == 1
  trees: argmax(weights) == 4
  leafy: argmax(weights) == 10
explanation: Only trees can be leafy. The weights are computed by the model that ships.
```
"""


def new_lesson(folder: Path, name: str) -> Path:
    """Write NAME.md into the folder: a lesson of two steps.

    Raises:
        LessonError: the name cannot be a lesson's, the file exists, or it cannot be written.
    """
    if not NAME.fullmatch(name):
        raise LessonError(f"A lesson cannot be called {name!r}", do="take small letters, digits and hyphens")
    file = folder / f"{name}.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(TEXT.format(title=name.replace("-", " ").capitalize()))
    except FileExistsError as error:
        raise LessonError(f"{file} exists", do="choose another name") from error
    except OSError as error:
        raise LessonError(f"{file} cannot be written", why=error.strerror or str(error)) from error
    return file
