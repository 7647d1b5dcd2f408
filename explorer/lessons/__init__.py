"""Lessons: a path of steps through the views, each a Markdown file of `lessons/`."""

from explorer.lessons.lesson import Answer, Lesson, Question, Step
from explorer.lessons.reading import read_lesson
from explorer.lessons.shelf import lesson, lessons

__all__ = ["Answer", "Lesson", "Question", "Step", "lesson", "lessons", "read_lesson"]
