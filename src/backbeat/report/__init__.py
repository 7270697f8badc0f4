"""The pages of the dashboard as one file to send round."""

from backbeat.report.write import write

__all__ = ["write"]
