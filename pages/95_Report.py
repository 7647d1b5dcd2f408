"""A report of figures from the other pages; recipes opened again."""

from explorer import ui
from explorer.ui.report import open_recipe, report

ui.shell("Report")
ui.explain("report/about")
report()
open_recipe()
