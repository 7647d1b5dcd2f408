"""Figures collected in a report: kept on disk, written as one document or with everything that remakes them."""

from explorer.report.kept import Kept, Report
from explorer.report.store import Store, folder

__all__ = ["Kept", "Report", "Store", "folder"]
