"""A handbook of our own for tests: sections with a fact each, and what is asked about them."""

from __future__ import annotations

import re
import textwrap

TOPICS = (
    ("Vacation", "Everyone has 26 days of vacation", "How many days of vacation are there?"),
    ("Sick leave", "A note is needed from the fourth day", "When is a note of a doctor needed?"),
    ("Parking", "Parking costs 40 euros a month", "What does parking cost?"),
    ("Laptops", "A lost laptop is reported within 2 hours", "How fast is a lost laptop reported?"),
    ("Travel", "A hotel may cost 190 euros", "What may a hotel cost?"),
    ("Training", "Each year has a budget of 1,200 euros", "What is the budget for training?"),
    ("Keys", "Keys are handed out by Mira Stone", "Who hands out keys?"),
    ("Kitchen", "The kitchen closes at 19:00", "When does the kitchen close?"),
    ("Pets", "Dogs may come on Fridays", "On which day may dogs come?"),
    ("Notice", "The notice period is 3 months", "How long is the notice period?"),
)
_FILLING = (
    "{topic} is a matter that the people team looks after, and whoever is unsure about {topic} "
    "asks there first. The rules about {topic} are read again every spring by a group of "
    "employees, who write down what was unclear. Changes to {topic} are announced on the notice "
    "board and by mail, two weeks before they hold."
)


def handbook(answer: str = "26 days") -> str:
    """Ten sections of about 80 tokens; *answer* is the fact of the first."""
    parts = ["# Handbook"]
    for topic, fact, _ in TOPICS:
        told = _FILLING.format(topic=topic.lower())
        parts.append(f"## {topic}\n\n{fact.replace('26 days', answer)}. {told}")
    return "\n\n".join(parts)


def questions() -> str:
    """What a sidecar asks about it."""
    found = []
    for _, fact, ask in TOPICS:
        found.append(f'[[questions]]\nask = "{ask}"\nanswers = ["{fact}"]\n')
    return "\n".join(found)


def template(document: str, pragma: str = "document handbook query=question") -> str:
    """A template that inlines *document*."""
    return (
        f"Answer from the handbook.\n\n{{# promptc: {pragma} #}}\n{document}\n"
        "{# promptc: end #}\n\nQuestion: {{ question }}"
    )


def pdf(text: str) -> bytes:
    """A PDF that shows *text*, in ASCII, wrapped, forty lines a page."""
    lines = [row for line in text.split("\n") for row in textwrap.wrap(line, 90) or [""]]
    pages = [lines[at : at + 40] for at in range(0, len(lines), 40)]
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for page in pages:
        shown = (re.sub(r"([()\\])", r"\\\1", line) for line in page)
        body = "BT /F1 10 Tf 12 TL 50 750 Td " + " ".join(f"({x}) Tj T*" for x in shown) + " ET"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {len(objects) + 2} 0 R >>"
        )
        objects.append(f"<< /Length {len(body)} >>\nstream\n{body}\nendstream")
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects[1] = f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>"
    made, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    made += (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
        f"startxref\n{len(made)}\n%%EOF\n"
    )
    return made.encode("ascii")
