"""The words of the pieces that were spoken, put into the order in which they began."""

from copilot.turns import Piece
from copilot.vocabulary import Line, StoreUtterance

# A text waits this long for one that began earlier and is still being written down.
PATIENCE = 2.0


class Transcript:
    """What has been said so far; texts come in any order and go out by their start."""

    def __init__(self, lines: tuple[Line, ...] = ()) -> None:
        self.lines = list(lines)
        self._pieces: dict[str, Piece] = {}
        self._texts: dict[str, tuple[str, float]] = {}
        self._shown: dict[str, str] = {}

    def expect(self, piece: Piece) -> None:
        """This piece was spoken and its text will come."""
        self._pieces[piece.item] = piece

    def forget(self, item: str) -> bool:
        """This item was no speech; whether words of it were shown."""
        return bool(self._shown.pop(item, ""))

    def forget_after(self, moment: float) -> list[Piece]:
        """Texts to come of what was said after this moment are not wanted; those that were shown."""
        gone = [piece for piece in self._pieces.values() if piece.end > moment]
        for piece in gone:
            del self._pieces[piece.item]
            self._texts.pop(piece.item, None)
        return [piece for piece in gone if self._shown.pop(piece.item, "")]

    def awaits(self, side: str) -> bool:
        """Whether some text of this side's is still to come or to go out."""
        return any(piece.side == side for piece in self._pieces.values())

    def awaited(self, item: str) -> Piece | None:
        """The piece of this name if its text is still to come."""
        return None if item in self._texts else self._pieces.get(item)

    def show(self, item: str, text: str) -> bool:
        """Words so far; whether they differ from those shown."""
        if self._shown.get(item, "") == text:
            return False
        self._shown[item] = text
        return True

    def write(self, item: str, text: str | None, now: float) -> Piece | None:
        """The text of a piece, once; without one, what was understood of it is kept.

        Returns the piece when there is nothing to keep, and it was shown.
        """
        piece = self._pieces.get(item)
        if piece is None or item in self._texts:
            return None
        shown = self._shown.pop(item, "")
        text = (shown if text is None else text).strip()
        if text:
            self._texts[item] = (text, now)
            return None
        del self._pieces[item]
        return piece if shown else None

    def ready(self, now: float, *, all_of_them: bool = False) -> list[StoreUtterance]:
        """What can go out now, earliest start first."""
        out: list[StoreUtterance] = []
        if not self._texts:
            return out
        for piece in sorted(self._pieces.values(), key=lambda piece: piece.start):
            known = self._texts.get(piece.item)
            if known is None:
                if not all_of_them and not self._overdue(piece, now):
                    break
                continue
            out.append(self._let_go(piece, known[0]))
        return out

    def _overdue(self, waited_for: Piece, now: float) -> bool:
        """Whether a later text has waited long enough for this piece's."""
        return any(
            now - since >= PATIENCE
            for item, (_, since) in self._texts.items()
            if self._pieces[item].start >= waited_for.start
        )

    def _let_go(self, piece: Piece, text: str) -> StoreUtterance:
        del self._pieces[piece.item]
        del self._texts[piece.item]
        self.lines.append(Line(piece.side, text))
        return StoreUtterance(piece.item, piece.side, piece.start, piece.end, text)
