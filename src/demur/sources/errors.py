"""Errors of sources: a wrong configuration stops the run, an unreadable file stops that file only."""

from demur.kernel.errors import ConfigurationError, InputError


class SourceFormatError(ConfigurationError):
    """The format of a source is unknown, or cannot be told from its path."""

    code = "source-format"


class SourceColumnsError(ConfigurationError):
    """The column mapping of a source names a field that items do not have."""

    code = "source-columns"


class SourceEmptyError(ConfigurationError):
    """No file matches the path of a source."""

    code = "source-empty"


class SplitUnreadableError(InputError):
    """A file cannot be read as a whole; the other files of the source are not affected."""

    code = "split-unreadable"


class MissingColumnError(SplitUnreadableError):
    """A file lacks a column that the source needs or that its mapping names."""

    code = "missing-column"


class ColumnTypeError(SplitUnreadableError):
    """A column of a file has a type that its field cannot be read from."""

    code = "column-type"


class SplitUnknownError(InputError):
    """A source has no file of this name."""

    code = "split-unknown"


class LineUnknownError(InputError):
    """A file has no usable row at this line."""

    code = "line-unknown"
