"""The compiled packet path of the media worker (ADR 0012), and that of messages and entries (ADR 0013).

Where they cannot be built, Python does the same."""

from glob import glob

from setuptools import Extension, setup

FLAGS = [
    "-O3",
    "-std=c11",
    "-D_GNU_SOURCE",
    "-Wall",
    "-Wextra",
    "-Wno-unused-parameter",
    "-Wno-missing-field-initializers",
    "-Wno-cast-function-type",
]


def compiled(name: str, folder: str) -> Extension:
    """Every C file of the folder; no error where there is no compiler."""
    sources, headers = sorted(glob(f"{folder}/*.c")), sorted(glob(f"{folder}/*.h"))
    return Extension(name, sources, depends=headers, extra_compile_args=FLAGS, optional=True)


setup(ext_modules=[compiled("rooms.media._swift", "rooms/media/c"), compiled("server._swift", "server/c")])
