"""Figures collected from the other pages, written as one report; recipes opened again."""

from explorer import ui
from explorer.ui.report import open_recipe, report

ui.shell("Report")
ui.explain("report/about")
report()
open_recipe()
