"""What a file's name says of its type: a table of our own, since the machine's own differs from machine to machine.

Types are IANA's where there is one (RFC 9239 for scripts, RFC 9512 for YAML); `nosniff` makes browsers believe them, so
what is not listed is bytes that nobody runs.
"""

from typing import Final

UNKNOWN: Final = "application/octet-stream"

_TEXT: Final = {
    "css": "text/css",
    "csv": "text/csv",
    "htm": "text/html",
    "html": "text/html",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "cjs": "text/javascript",
    "md": "text/markdown",
    "txt": "text/plain",
    "log": "text/plain",
    "po": "text/x-gettext-translation",
    "pot": "text/x-gettext-translation",
    "tsv": "text/tab-separated-values",
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "ics": "text/calendar",
}
_XML_AND_JSON: Final = {  # they say their encoding themselves, or it is UTF-8
    "atom": "application/atom+xml",
    "geojson": "application/geo+json",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "map": "application/json",
    "mxliff": "application/xliff+xml",
    "rss": "application/rss+xml",
    "sdlxliff": "application/xliff+xml",
    "svg": "image/svg+xml",
    "tbx": "application/x-tbx+xml",
    "tmx": "application/x-tmx+xml",
    "webmanifest": "application/manifest+json",
    "xhtml": "application/xhtml+xml",
    "xlf": "application/xliff+xml",
    "xliff": "application/xliff+xml",
    "xml": "application/xml",
    "xsl": "application/xslt+xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
}
_BYTES_WORTH_PACKING: Final = {
    "bmp": "image/bmp",
    "eot": "application/vnd.ms-fontobject",
    "ico": "image/vnd.microsoft.icon",
    "otf": "font/otf",
    "tar": "application/x-tar",
    "ttf": "font/ttf",
    "wasm": "application/wasm",
}
_PACKED: Final = {
    "7z": "application/x-7z-compressed",
    "aac": "audio/aac",
    "apng": "image/apng",
    "avif": "image/avif",
    "br": UNKNOWN,
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "gif": "image/gif",
    "gz": "application/gzip",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "jxl": "image/jxl",
    "m4a": "audio/mp4",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "webm": "video/webm",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
    "zst": "application/zstd",
}
_TYPES: Final = {
    **{extension: f"{kind}; charset=utf-8" for extension, kind in _TEXT.items()},
    **_XML_AND_JSON,
    **_BYTES_WORTH_PACKING,
    **_PACKED,
}


def extension_of(name: str) -> str:
    """Lower-case, without its dot; "" where there is none: "b.tar.GZ" has "gz", "LICENSE" and ".profile" have none."""
    stem, dot, extension = name.rpartition("/")[2].rpartition(".")
    return extension.lower() if dot and stem else ""


def type_of(name: str) -> str:
    """A Content-Type (RFC 9110, 8.3) by the extension."""
    return _TYPES.get(extension_of(name), UNKNOWN)


def may_run_scripts(name: str) -> bool:
    """Whether a browser that is sent there would run what its author wrote into it, which for XML of any kind and
    pictures as SVG few expect. Pages are meant to."""
    extension = extension_of(name)
    return extension != "xhtml" and type_of(name).partition(";")[0].endswith(("+xml", "/xml"))


def is_packed(name: str) -> bool:
    """Whether its format compresses by itself, so that trying again is a waste."""
    return extension_of(name) in _PACKED
