"""The report as a PDF, made by fpdf2: pure Python, so a server needs neither a browser nor a layout library for it.

Letters come from the first of `FONTS` that the machine has; the PDF's own font, the last resort, knows Western European
letters only and shows others as question marks.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import FontFace

from insight.report.charts import Chart, draw
from insight.report.contents import Number, Report
from insight.report.dimensions import DIMENSIONS
from insight.report.findings import Finding
from insight.report.metrics import METRICS
from insight.report.page import COLUMNS, GAPS, against, most_talked, period
from insight.report.wording import label, write

FONTS = (
    ("/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf", "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf"),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"),
    (
        "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
    ),
    ("/Library/Fonts/Arial Unicode.ttf", "/Library/Fonts/Arial Unicode.ttf"),
    ("C:/Windows/Fonts/arial.ttf", "C:/Windows/Fonts/arialbd.ttf"),
)
INK, SOFT, LINE = (29, 43, 42), (93, 107, 105), (227, 231, 228)
MARGIN, WIDTH = 16, 178  # mm, on A4
FINDINGS = 12


def as_pdf(report: Report, *, made_at: datetime | None = None) -> bytes:
    """A4; `made_at` is written into the file: by default the period's end, so that the same report is the same file."""
    paper = _Paper(orientation="portrait", unit="mm", format="A4")
    paper.set_creation_date(made_at or report.until)
    paper.set_title(f"{report.shop or 'Your shop'}: report, {period(report.since, report.until, report.zone)}")
    paper.start()
    paper.heading(f"{report.shop or 'Your shop'}, in conversation", 22)
    chosen = "".join(f" · {dimension} {report.said(dimension, key)}" for dimension, key in report.filters.items())
    days = period(report.since, report.until, report.zone)
    paper.paragraph(f"{days} · days and times in {report.zone}{chosen}. {against(report)}")
    if report.facts.talks.empty:
        paper.paragraph("No conversation started in this period.")
        return bytes(paper.output())
    if report.findings:
        paper.heading("What to look at first", 14)
        for one in report.findings[:FINDINGS]:
            paper.paragraph(one.title, bold=True)
            paper.paragraph(" ".join(part for part in (f"{_told(one, report)}.", one.advice) if part))
    for chart in draw(report.facts, report.zone).values():
        paper.chart(chart)
    paper.add_page()
    paper.heading("Every number", 14)
    paper.rows(("", "Value", "Of", "Before", "Change"), (44, 20, 72, 22, 20), _metrics(report))
    if report.gaps:
        paper.part("What nobody could answer")
        asked = ((gap.example, f"{gap.size:,}", label(gap.template_id or "–")) for gap in report.gaps[:GAPS])
        paper.rows(("Customers ask, for example", "Messages", "Nearest answer"), (110, 24, 44), asked)
    titles = {metric.slug: metric.title for metric in METRICS}
    for dimension in DIMENSIONS:
        keys = most_talked(report, dimension)
        if keys:
            paper.part(f"By {dimension}")
            slugs = COLUMNS[dimension]
            head = (dimension.capitalize(), *(titles[slug] for slug in slugs))
            cells = (
                (report.said(dimension, key), *(_cell(numbers.get(slug)) for slug in slugs))
                for key, numbers in keys.items()
            )
            paper.rows(head, (32, 26, *[24] * (len(slugs) - 1)), cells)
    if report.skills:
        paper.part("How well the bot reads and answers")
        paper.rows(("", "Value", "Of"), (70, 24, 84), ((one.title, one.value, one.of) for one in report.skills))
    if report.predictions:
        paper.part("What is foreseen of customers, as of the last refresh")
        for sentence in report.predictions:
            paper.paragraph(sentence)
    return bytes(paper.output())


class _Paper(FPDF):
    def start(self) -> None:
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, MARGIN)
        found = next((fonts for fonts in FONTS if all(Path(font).is_file() for font in fonts)), None)
        self._face = "report" if found else "Helvetica"
        self._western = found is None
        for style, font in zip(("", "B"), found or (), strict=False):
            self.add_font("report", style, font)
        self.set_font(self._face, size=10)
        self.add_page()

    def said(self, text: str) -> str:
        return text.encode("cp1252", "replace").decode("latin-1") if self._western else text

    def heading(self, text: str, size: int) -> None:
        self.ln(3)
        self.set_text_color(*INK)
        self.set_font(self._face, "B", size)
        self.multi_cell(0, size * 0.5, self.said(text), new_x="LMARGIN", new_y="NEXT", align="L")
        self.ln(1)

    def part(self, title: str) -> None:
        """The heading of a part; none is left alone at the foot of a page."""
        if self.will_page_break(50):
            self.add_page()
        self.heading(title, 14)

    def paragraph(self, text: str, *, bold: bool = False) -> None:
        self.set_text_color(*(INK if bold else SOFT))
        self.set_font(self._face, "B" if bold else "", 10)
        self.multi_cell(0, 5, self.said(text), new_x="LMARGIN", new_y="NEXT", align="L")
        if not bold:
            self.ln(1.5)

    def chart(self, chart: Chart) -> None:
        with self.unbreakable() as paper:
            paper.heading(chart.title, 12)
            paper.paragraph(chart.says)
            paper.image(io.BytesIO(chart.png), w=WIDTH)

    def rows(self, head: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]]) -> None:
        self.set_font(self._face, size=8)
        self.set_text_color(*INK)
        self.set_draw_color(*LINE)
        face = FontFace(emphasis="BOLD", color=SOFT)
        with self.table(
            col_widths=tuple(widths),
            text_align="LEFT",
            borders_layout="HORIZONTAL_LINES",
            headings_style=face,
            padding=1,
        ) as table:
            for cells in (head, *rows):
                table.row([self.said(cell) for cell in cells])


def _metrics(report: Report) -> Iterable[tuple[str, ...]]:
    titles = {metric.slug: metric.title for metric in METRICS}
    for slug, numbers in report.numbers.items():
        for number in numbers:
            written = write(number.figure)
            basis = f"{written.basis}. {written.interval}" if written.interval else written.basis
            change = number.change
            moved = (change.before.removesuffix(" before"), change.says) if change else ("–", "–")
            yield (f"· {label(number.part)}" if number.part else titles[slug], written.value, basis, *moved)


def _cell(number: Number | None) -> str:
    if number is None:
        return "–"
    written = write(number.figure)
    return written.value if number.slug == "conversations" else f"{written.value}; {written.small}"


def _told(one: Finding, report: Report) -> str:
    return " · ".join(part for part in (one.detail, report.cost(one)) if part)
