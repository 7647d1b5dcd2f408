"""A report of figures from the other pages; figures opened again."""

from explorer import ui
from explorer.ui.open_figure import open_figure
from explorer.ui.own_session import session
from explorer.ui.report import report

ui.shell("Report")
ui.explain("report/about")
report()
open_figure()
session()
