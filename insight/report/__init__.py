"""The owner's report, computed from the event log and nothing else: a page, a PDF, tables, JSON, a mail's text.

Every number is a pure function of the events that happened before `until`, so it comes out the same whenever the report
of that period is made again. Only its `skills` are not in the log: whoever asks for a report gives them.
"""

from insight.report.contents import Report, compose
from insight.report.letter import as_text, subject
from insight.report.page import against, as_html, as_json
from insight.report.paper import as_pdf
from insight.report.tables import as_tables

__all__ = ["Report", "against", "as_html", "as_json", "as_pdf", "as_tables", "as_text", "compose", "subject"]
