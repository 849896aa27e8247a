"""The way from a document to its terms, as the text vectorizers of sklearn/feature_extraction/text.py go it."""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ...errors import InputError

SPACES = re.compile(r"\s\s+")


@dataclass(frozen=True)
class Analysis:
    """How a text vectorizer makes terms of a document.

    Attributes
    ----------
    analyzer : {"word", "char", "char_wb", "callable"}
    ngram_range : tuple of int
        Fewest and most tokens, or characters, of a term.
    lowercase : bool
    strip_accents : {"ascii", "unicode", "callable"} or None
    token_pattern : str or None
        Regular expression of a token; the content of its group, where it has one.
    stop_words : tuple of str or None
        Tokens that are left out; of the analyzer "word" only.
    input : {"content", "filename", "file"}
    encoding, decode_error : str
        How bytes become text.
    fill : str or None
        Text in the place of a gap: None, NaN and their kin of pandas; without one, a gap is refused.
    needs : dict of str to str
        The functions of the user, by the vectorizer's parameter, and their names.
    functions : dict of str to callable
        The functions themselves, which nothing that is written carries.
    """

    analyzer: str = "word"
    ngram_range: tuple[int, int] = (1, 1)
    lowercase: bool = True
    strip_accents: str | None = None
    token_pattern: str | None = r"(?u)\b\w\w+\b"
    stop_words: tuple[str, ...] | None = None
    input: str = "content"
    encoding: str = "utf-8"
    decode_error: str = "strict"
    fill: str | None = None
    needs: tuple[tuple[str, str], ...] = ()
    functions: tuple[tuple[str, Callable[..., Any]], ...] = field(default=(), hash=False)

    def terms(self, document: Any) -> Iterable[Any]:
        """The terms of a document, in the order in which the vectorizer finds them."""
        return self.analyze(document)

    @functools.cached_property
    def analyze(self) -> Callable[[Any], Iterable[Any]]:
        """The function from a document to its terms.

        Raises
        ------
        InputError
            A function of the user is needed that is not here.
        """
        functions = dict(self.functions)
        absent = [(option, name) for option, name in self.needs if option not in functions]
        if absent:
            option, name = absent[0]
            raise InputError(
                f"documents go through the Python function {name} ({option}), which an artifact does not carry: encode "
                "them with the encode of the module, where that function is, and give the artifact the tensor"
            )
        read: Callable[[Any], Any]
        read = functools.partial(_read, how=self.input, encoding=self.encoding, errors=self.decode_error)
        if self.fill is not None:
            read = _chain(functools.partial(_filled, text=self.fill), read)
        if self.analyzer == "callable":
            return _chain(read, functions["analyzer"])
        prepare = functions.get("preprocessor") or self._prepare(functions)
        split = {"word": self._words, "char": self._characters, "char_wb": self._characters_of_words}[self.analyzer]
        if self.analyzer != "word":
            return _chain(read, prepare, split)
        return _chain(read, prepare, functions.get("tokenizer") or re.compile(self.token_pattern or "").findall, split)

    def _prepare(self, functions: dict[str, Callable[..., Any]]) -> Callable[[Any], Any]:
        steps: list[Callable[[Any], Any]] = [_text]
        if self.lowercase:
            steps.append(str.lower)
        if self.strip_accents is not None:
            accents = {"ascii": strip_accents_ascii, "unicode": strip_accents_unicode, **functions}
            steps.append(accents["strip_accents" if self.strip_accents == "callable" else self.strip_accents])
        return _chain(*steps)

    def _words(self, tokens: Iterable[Any]) -> Iterable[Any]:
        if self.stop_words is not None:
            tokens = [token for token in tokens if token not in self._stops]
        fewest, most = self.ngram_range
        if most == 1:
            return tokens
        tokens = list(tokens)
        terms = list(tokens) if fewest == 1 else []
        for n in range(2 if fewest == 1 else fewest, min(most, len(tokens)) + 1):
            terms += [" ".join(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
        return terms

    @functools.cached_property
    def _stops(self) -> frozenset[str]:
        return frozenset(self.stop_words or ())

    def _characters(self, text: str) -> list[str]:
        text = SPACES.sub(" ", text)
        fewest, most = self.ngram_range
        terms: list[str] = []
        for n in range(fewest, min(most, len(text)) + 1):
            terms += [text[i : i + n] for i in range(len(text) - n + 1)]
        return terms

    def _characters_of_words(self, text: str) -> list[str]:
        """Terms that stay within a word, which has a space on either side; a word shorter than a term counts once."""
        fewest, most = self.ngram_range
        terms: list[str] = []
        for word in text.split():
            padded = f" {word} "
            for n in range(fewest, most + 1):
                terms += [padded[i : i + n] for i in range(max(len(padded) - n, 0) + 1)]
                if n >= len(padded):
                    break
        return terms

    def __getstate__(self) -> dict[str, Any]:
        """The fields: what is made of them is made again."""
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    def to_dict(self) -> dict[str, Any]:
        """As plain values, without the functions."""
        data = asdict(replace(self, functions=()))
        del data["functions"]
        return {**data, "ngram_range": list(self.ngram_range), "needs": dict(self.needs)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Analysis":
        """Inverse of :meth:`to_dict`."""
        fewest, most = (int(n) for n in data["ngram_range"])
        stops = data["stop_words"]
        return cls(
            **{
                **data,
                "ngram_range": (fewest, most),
                "stop_words": None if stops is None else tuple(stops),
                "needs": tuple(data["needs"].items()),
            }
        )


def _chain(*steps: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def run(document: Any) -> Any:
        for step in steps:
            document = step(document)
        return document

    return run


def _filled(document: Any, text: str) -> Any:
    if document is None or type(document).__name__ in ("NAType", "NaTType"):
        return text
    return text if isinstance(document, float) and document != document else document


def _read(document: Any, how: str, encoding: str, errors: str) -> Any:
    """A document as text: read from its file, decoded from its bytes."""
    if how == "filename":
        with open(document, "rb") as file:
            document = file.read()
    elif how == "file":
        document = document.read()
    if isinstance(document, bytes):
        document = document.decode(encoding, errors)
    if isinstance(document, float) and document != document:
        raise InputError("has NaN, which is no document")
    return document


def _text(document: Any) -> str:
    if not isinstance(document, str):
        raise InputError(f"has {document!r} of type {type(document).__name__}, a document is a str")
    return document


def strip_accents_unicode(text: str) -> str:
    """Text without the combining characters of its NFKD form."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def strip_accents_ascii(text: str) -> str:
    """The ASCII characters of the NFKD form of a text."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
