"""The presentation: layouts, text boxes, footer, speaker's notes."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import msgspec
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.exc import PackageNotFoundError
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Inches, Pt

from breakeven.errors import UsageProblem
from breakeven.reports.document import Document
from breakeven.reports.hashing import content_hash, footer
from breakeven.reports.progress import step
from breakeven.reports.provenance import properties
from breakeven.reports.writers.palette import LIGHT

WIDE, TALL = 13.333, 7.5
"""Inches of a slide."""
EDGE = 0.6
TOP, BOTTOM = 1.65, 6.85
"""Where the content of a slide begins and ends."""
FONT = "Arial"
CUSTOM = RELATIONSHIP_TYPE.CUSTOM_PROPERTIES
CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
LONG_HEAD = 78
"""Letters of a headline that fit two lines of the larger size."""


class Box(msgspec.Struct, frozen=True):
    """A place on a slide, in inches."""

    left: float
    top: float
    width: float
    height: float


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Some text of one look."""

    text: str
    size: float = 12
    bold: bool = False
    colour: str = LIGHT["--text"]


BODY = Box(EDGE, TOP, WIDE - 2 * EDGE, BOTTOM - TOP)


class Deck:
    """A presentation being written; `template`: a file whose first master gives it its looks."""

    def __init__(self, document: Document, template: bytes = b"") -> None:
        self.document = document
        self.made = _opened(template) if template else Presentation()
        if template:
            self._drop_slides()
        else:
            self.made.slide_width, self.made.slide_height = Inches(WIDE), Inches(TALL)
        self.own = bool(template)
        self._scale = self.made.slide_width / Inches(WIDE)
        layouts = {layout.name: layout for layout in self.made.slide_layouts}
        self._layout = layouts.get("Title Only") or self.made.slide_layouts[min(5, len(self.made.slide_layouts) - 1)]
        properties = self.made.core_properties
        properties.title, properties.author = f"{document.title}, {document.period}", document.company
        properties.subject, properties.comments = document.scope, footer(document)
        properties.keywords, properties.last_modified_by = content_hash(document), "breakeven"

        self._say_where_from()

    def _say_where_from(self) -> None:
        """Custom properties, which python-pptx does not know; those of a template give way."""
        package = self.made.part.package
        for name in [name for name, one in package._rels.items() if one.reltype == CUSTOM]:  # noqa: SLF001
            package._rels.pop(name)  # noqa: SLF001 - see above
        part = Part(PackURI("/docProps/custom.xml"), CUSTOM_TYPE, package, properties(self.document))
        package.relate_to(part, CUSTOM)

    def _drop_slides(self) -> None:
        """A template may come with slides of its own."""
        ids = self.made.slides._sldIdLst  # noqa: SLF001 - python-pptx has no way to remove a slide
        for one in list(ids):
            self.made.part.drop_rel(one.rId)
            ids.remove(one)

    def slide(self, headline: str, sub: str, notes: Sequence[str]) -> Any:
        """A slide with its headline, what it is about, the footer, and what the speaker is told."""
        step(f"Slide {len(self.made.slides) + 1}")
        slide = self.made.slides.add_slide(self._layout)
        for shape in list(slide.placeholders):
            if shape.placeholder_format.idx != 0:
                shape._element.getparent().remove(shape._element)  # noqa: SLF001 - an empty placeholder says "click"
        title = slide.shapes.title
        if title is not None:
            self._place(title, Box(EDGE, 0.4, WIDE - 2 * EDGE, 0.85))
            title.text_frame.margin_left = title.text_frame.margin_right = 0
            title.text_frame.word_wrap, title.text_frame.vertical_anchor = True, MSO_ANCHOR.BOTTOM
            size = 26 if len(headline) <= LONG_HEAD else 21
            self._fill(title.text_frame, [[Words(text=headline, size=size, bold=True)]])
        if sub:
            self.text(slide, Box(EDGE, 1.24, WIDE - 2 * EDGE, 0.34),
                      [[Words(text=sub, size=12, colour=LIGHT["--text-3"])]])  # fmt: skip
        self._foot(slide)
        slide.notes_slide.notes_text_frame.text = "\n".join(note for note in notes if note)
        return slide

    def text(
        self, slide: Any, box: Box, paragraphs: Sequence[Sequence[Words]], *, after: float = 3
    ) -> Any:  # fmt: skip
        """A box of text; each paragraph is words of several looks, with `after` points below it."""
        shape = slide.shapes.add_textbox(0, 0, 0, 0)
        self._place(shape, box)
        frame = shape.text_frame
        frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        self._fill(frame, paragraphs, after)
        return shape

    def card(self, slide: Any, box: Box) -> None:
        """A hairline frame."""
        shape = slide.shapes.add_shape(1, 0, 0, 0, 0)
        self._place(shape, box)
        shape.fill.solid()
        shape.fill.fore_color.rgb = rgb(LIGHT["--surface"])
        shape.line.color.rgb, shape.line.width = rgb(LIGHT["--line-strong"]), Pt(0.75)
        shape.shadow.inherit = False
        decorative(shape)

    def rule(self, slide: Any, box: Box) -> None:
        """The line that stands for break-even."""
        shape = slide.shapes.add_shape(1, 0, 0, 0, 0)
        self._place(shape, box)
        shape.fill.solid()
        shape.fill.fore_color.rgb = rgb(LIGHT["--text"])
        shape.line.fill.background()
        shape.shadow.inherit = False
        decorative(shape)

    def place(self, shape: Any, box: Box) -> None:
        """Put a shape where it belongs."""
        self._place(shape, box)

    def inches(self, box: Box) -> tuple[int, int, int, int]:
        """Left, top, width, height in the presentation's units."""
        left, top, width, height = (
            round(Inches(one) * self._scale) for one in (box.left, box.top, box.width, box.height)
        )
        return left, top, width, height

    def _place(self, shape: Any, box: Box) -> None:
        shape.left, shape.top, shape.width, shape.height = self.inches(box)

    def _fill(self, frame: Any, paragraphs: Sequence[Sequence[Words]], after: float = 3) -> None:
        for place, words in enumerate(paragraphs):
            paragraph = frame.paragraphs[0] if not place else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            paragraph.space_after = Pt(after)
            for one in words:
                run = paragraph.add_run()
                run.text = one.text
                run.font.size, run.font.bold = Pt(one.size * self._scale), one.bold
                run.font.color.rgb = rgb(one.colour)
                if not self.own:
                    run.font.name = FONT

    def _foot(self, slide: Any) -> None:
        muted = LIGHT["--text-3"]
        self.text(slide, Box(EDGE, 7.08, WIDE - 2 * EDGE - 0.8, 0.25),
                  [[Words(text=footer(self.document), size=8, colour=muted)]])  # fmt: skip
        number = self.text(slide, Box(WIDE - EDGE - 0.7, 7.08, 0.7, 0.25), [[Words(text="", size=8, colour=muted)]])
        paragraph = number.text_frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.RIGHT
        field = parse_xml(
            f'<a:fld {nsdecls("a")} id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum">'
            f'<a:rPr lang="en-US" sz="800"/><a:t>{len(self.made.slides)}</a:t></a:fld>'
        )
        paragraph._p.append(field)  # noqa: SLF001 - python-pptx has no fields

    def save(self) -> bytes:
        """The file."""
        out = BytesIO()
        self.made.save(out)
        return out.getvalue()


def _opened(template: bytes) -> Any:
    """A presentation of one's own. Raises UsageProblem."""
    try:
        return Presentation(BytesIO(template))
    except (BadZipFile, KeyError, ValueError, PackageNotFoundError) as error:
        raise UsageProblem("the template is no PowerPoint file (.pptx)") from error


def rgb(colour: str) -> RGBColor:
    """A colour of the palette."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    found: RGBColor = RGBColor(red, green, blue)  # type: ignore[no-untyped-call]
    return found


def described(shape: Any, words: str) -> None:
    """The text alternative of a chart or table."""
    properties = shape._element.xpath(".//p:cNvPr")[0]  # noqa: SLF001 - python-pptx has no text alternatives
    properties.set("descr", words)


def decorative(shape: Any) -> None:
    """A shape that says nothing."""
    described(shape, "")
