"""Power BI: a project of text files that is made from the lake's own definitions and refreshes from its tables."""

from backbeat.powerbi.export import export_powerbi, project
from backbeat.powerbi.write import Written

__all__ = ["Written", "export_powerbi", "project"]
