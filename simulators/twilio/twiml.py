"""TwiML from text to elements, strictly: pure reading, nothing is fetched or played."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from simulators.twilio import schema
from simulators.twilio.errors import ApplicationError


@dataclass(frozen=True, slots=True)
class Element:
    """An element that has passed the rules."""

    tag: str
    attributes: dict[str, str]
    text: str
    children: tuple["Element", ...]

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.attributes.get(name)
        return default if value is None else value == "true"

    def number(self, name: str, default: int) -> int:
        value = self.attributes.get(name)
        return default if value is None else int(value)

    def words(self, name: str, default: str) -> frozenset[str]:
        """A list of names separated by spaces, as in `statusCallbackEvent`."""
        return frozenset(self.attributes.get(name, default).replace(",", " ").split())

    def all(self, tag: str) -> Iterator["Element"]:
        return (child for child in self.children if child.tag == tag)


@dataclass(frozen=True, slots=True)
class Document:
    """The verbs of a document and the URL against which its links are read."""

    url: str
    verbs: tuple[Element, ...]

    def resolve(self, link: str) -> str:
        return urljoin(self.url, link)


def parse(text: str | bytes, url: str) -> Document:
    """Read a document; ApplicationError 12100 for bad XML, 12200 for bad TwiML."""
    try:
        root = ET.fromstring(text)  # noqa: S314  the product's own answer, on loopback
    except ET.ParseError as error:
        raise ApplicationError(12100, f"Document parse failure: {error}") from error
    if root.tag != "Response":
        raise ApplicationError(12102, "Document has an invalid root element")
    return Document(url, _element(root, "").children)


def _element(node: ET.Element, parent: str) -> Element:
    rule = schema.rule(node.tag, parent)
    if rule is None:
        raise ApplicationError(12200, f"Element <{node.tag}> is not known")
    where = schema.key(node.tag, parent)
    _check_attributes(node, rule, where)
    if node.tag == "Say":
        return Element(node.tag, dict(node.attrib), _spoken(node), ())
    for child in node:
        if child.tag not in rule.children:
            raise ApplicationError(
                12200, f"Element <{child.tag}> is not allowed in <{node.tag}>"
            )
    text = (node.text or "").strip()
    if text and not rule.text:
        raise ApplicationError(12200, f"Text is not allowed in <{node.tag}>")
    children = tuple(_element(child, node.tag) for child in node)
    return Element(node.tag, dict(node.attrib), text, children)


def _check_attributes(node: ET.Element, rule: schema.Rule, where: str) -> None:
    for name, value in node.attrib.items():
        if name not in rule.attributes:
            raise ApplicationError(
                12200, f"Attribute '{name}' is not allowed in <{node.tag}>"
            )
        choices = schema.CHOICES_AT.get((where, name)) or schema.CHOICES.get(name)
        if choices and value not in choices:
            raise ApplicationError(
                12200, f"Attribute '{name}' of <{node.tag}> has an invalid value"
            )
        if (where, name) in schema.KEYS_IN and not schema.KEYS.fullmatch(value):
            raise ApplicationError(
                12200, f"Attribute '{name}' of <{node.tag}> holds what is no key"
            )
        # How <Gather> lets Twilio choose.
        if (where, name, value) == ("Gather", "timeout", "auto"):
            continue
        if name in schema.NUMBERS and not _within(value, *schema.NUMBERS[name]):
            raise ApplicationError(
                12200, f"Attribute '{name}' of <{node.tag}> is not a valid number"
            )
    missing = rule.required - node.attrib.keys()
    if missing:
        raise ApplicationError(
            12200, f"Attribute '{min(missing)}' is missing in <{node.tag}>"
        )


def _within(value: str, lowest: int, highest: int) -> bool:
    return value.isdigit() and lowest <= int(value) <= highest


def _spoken(node: ET.Element) -> str:
    for inner in node.iter():
        if inner is not node and inner.tag not in schema.SSML:
            raise ApplicationError(
                12200, f"Element <{inner.tag}> is not allowed in <Say>"
            )
    return " ".join("".join(node.itertext()).split())
