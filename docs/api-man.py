#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""api-man.py VERSION XML...: org.raidctl.Raidd1(5) of the interfaces in these files, on standard output.

The comment before an element is its prose; lines in it that begin with # are examples, sentences from "Options:" or "Errors:" on
are paragraphs of their own. What every interface says is said once, in the description."""

import re
import sys
import xml.etree.ElementTree as et

CHANGED = "org.freedesktop.DBus.Property.EmitsChangedSignal"
ACTION = "org.raidctl.Raidd1.PolkitAction"
# As busctl(1) calls it.
EMITS = {"true": "emits-change", "invalidates": "emits-invalidation", "const": "const", "false": "no signal"}
SENTENCE = re.compile(r'(?<=\.) +(?=[A-Z"])')

HEAD = """.\\" SPDX-License-Identifier: LGPL-2.1-or-later
.\\" Made of dbus/*.xml by docs/api-man.py.
.TH ORG.RAIDCTL.RAIDD1 5 "" "raidd {version}" "D-Bus Interfaces"
.\\" Names are long, and not to be broken.
.nh
.ad l
.SH NAME
org.raidctl.Raidd1 \\- D-Bus interfaces of raidd
.SH DESCRIPTION
.BR raidd (8)
has this name on the system bus.
The object
.I /org/raidctl/Raidd1
has the interface
.B org.freedesktop.DBus.ObjectManager
and, as its children, an object for each volume group, physical volume, volume, image and job.
{common}.PP
Methods are written with the types of their arguments, and after the arrow those of what they return.
Behind a property stand its type, its access, and
.B emits\\-change
if
.B PropertiesChanged
tells its new value, or
.B const
if it stays the same as long as the object.
"""
TAIL = """.SH FILES
.TP
.I /usr/share/dbus\\-1/interfaces/org.raidctl.Raidd1.*.xml
The interfaces as this page was made of them.
.SH "SEE ALSO"
.BR raidctl (1),
.BR busctl (1),
.BR raidd (8)
"""


def escape(text: str) -> str:
    """Text that groff prints as it is, with ASCII's quotes and hyphens, at the beginning of a line too."""
    for plain, roff in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("`", "\\(ga"), ("^", "\\(ha"), ("~", "\\(ti"),
                        ('"', "\\(dq")):
        text = text.replace(plain, roff)
    return "\\&" + text if text.startswith(".") else text


class Prose:
    """What a comment says."""

    def __init__(self, comment: str):
        lines = [line.strip() for line in comment.splitlines()]
        self.examples = [line for line in lines if line.startswith("# ")]
        text = " ".join(line for line in lines if line and not line.startswith("# "))
        # A list of paragraphs, which are lists of sentences.
        parts = re.split(r"\b(?=(?:Options|Errors): )", text)
        self.paragraphs = [SENTENCE.split(part.strip()) for part in parts if part.strip()]

    def roff(self, common=(), paragraph=".IP", last="") -> str:
        """Paragraphs, without the sentences in common; then a paragraph of roff; then the examples."""
        parts = ["".join(escape(s) + "\n" for s in sentences if s not in common) for sentences in self.paragraphs] + [last]
        if self.examples:
            parts.append(".EX\n" + "".join(escape(line) + "\n" for line in self.examples) + ".EE\n")
        return f"{paragraph}\n".join(part for part in parts if part)


def commented(parent: et.Element):
    """(element, its prose) of each child that is no comment."""
    comment = ""
    for child in parent:
        if child.tag is et.Comment:
            comment = child.text
        else:
            yield child, Prose(comment)
            comment = ""


def annotation(element: et.Element, name: str, default: str) -> str:
    return next((a.get("value") for a in element.findall("annotation") if a.get("name") == name), default)


def arguments(element: et.Element, direction: str) -> str:
    return ", ".join(f'{escape(a.get("type"))} \\fI{escape(a.get("name"))}\\fR' for a in element.findall("arg")
                     if a.get("direction", direction) == direction)


def method(element: et.Element, prose: Prose) -> str:
    out = arguments(element, "out") if element.find("arg[@direction='out']") is not None else ""
    action = annotation(element, ACTION, "")
    return (f'.TP\n\\fB{element.get("name")}\\fR({arguments(element, "in")})' + (f" \\(-> {out}" if out else "") + "\n" +
            prose.roff(last=f"Polkit action:\n.BR {escape(action)} .\n" if action else ""))


def property_(element: et.Element, prose: Prose) -> str:
    facts = ", ".join([element.get("type"), element.get("access"), EMITS[annotation(element, CHANGED, "true")]])
    return f'.TP\n\\fB{element.get("name")}\\fR ({escape(facts)})\n' + prose.roff()


def signal(element: et.Element, prose: Prose) -> str:
    return f'.TP\n\\fB{element.get("name")}\\fR({arguments(element, "out")})\n' + prose.roff()


def interface(element: et.Element, prose: Prose, common: set) -> str:
    text = f'.SH {element.get("name")}\n' + prose.roff(common, ".PP")
    for tag, title, function in (("method", "Methods", method), ("property", "Properties", property_), ("signal", "Signals", signal)):
        members = [function(child, words) for child, words in commented(element) if child.tag == tag]
        if members:
            text += f".SS {title}\n" + "".join(members)
    return text


def main() -> None:
    found = []
    for path in sys.argv[2:]:
        root = et.parse(path, et.XMLParser(target=et.TreeBuilder(insert_comments=True))).getroot()
        found += [(element, prose) for element, prose in commented(root) if element.tag == "interface"]
    said = [{s for paragraph in prose.paragraphs for s in paragraph} for _, prose in found]
    common = set.intersection(*said)
    shared = "".join(escape(s) + "\n" for paragraph in found[0][1].paragraphs for s in paragraph if s in common)
    print(HEAD.format(version=sys.argv[1], common=shared) + "".join(interface(e, prose, common) for e, prose in found) + TAIL, end="")


if __name__ == "__main__":
    main()
