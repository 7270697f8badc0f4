"""Faults that real buckets have: rows, files and forms that a pipeline must reject, repair or pass by.

Faults only add rows and files, or write good rows in another form, so the world and its KPIs stay as they were.
"""

from backbeat.simulate.faults.folder import write_folder
from backbeat.simulate.faults.plan import FolderFaults, plan_faults

__all__ = ["FolderFaults", "plan_faults", "write_folder"]
