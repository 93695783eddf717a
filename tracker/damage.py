"""What is amiss with a recording as a file: cut by a crash, or damaged on its disk. The rest is used all the same."""

from __future__ import annotations

from dataclasses import dataclass

_MOST_NAMED = 3  # who looks after a damaged file looks at the first lines; the sentence fits a terminal


@dataclass(frozen=True, slots=True)
class Damage:
    """What can not be read any more; made when a recording was read to its end.

    is_cut: it was never closed, because the program was killed or the disk was full. line_count: lines that are no
    records and were left out; first_lines: the numbers of the first few of them. unpacked_to: the last line before the
    packed data stops making sense, None where all of it does; has_end: whether the last line of all came before that;
    is_being_recorded: it is cut only because it is not over yet.
    """

    is_cut: bool = False
    line_count: int = 0
    first_lines: tuple[int, ...] = ()
    unpacked_to: int | None = None
    has_end: bool = False
    is_being_recorded: bool = False

    @property
    def damaged_lines(self) -> int:
        """At least so many lines are not as they were written; where the packed data is damaged nobody knows more."""
        return self.line_count + (self.unpacked_to is not None)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a person should know, each short enough for a line; nothing for a recording that is whole."""
        found = []
        if self.line_count == 1:
            found.append(f"Line {self.first_lines[0]} of the recording is damaged and left out.")
        elif self.line_count:
            numbers = ", ".join(map(str, self.first_lines)) + " ..." * (self.line_count > len(self.first_lines))
            found.append(f"{self.line_count} damaged lines of the recording are left out: {numbers}")
        if self.unpacked_to is not None and self.has_end:
            found.append("The recording's check sum is wrong: some of it is not as it was written.")
        elif self.unpacked_to is not None:
            found.append(f"The recording is damaged after line {self.unpacked_to}. What came before is here.")
        elif self.is_being_recorded:
            found.append("The session is being recorded now. This is what there is so far.")
        elif self.is_cut:
            found.append("The recording breaks off: it was never closed. What came before is here.")
        return tuple(found)


WHOLE = Damage()


class DamagedLines:
    """Counts the lines that are left out."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[int] = []

    def add(self, number: int) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < _MOST_NAMED:
            self.first.append(number)
