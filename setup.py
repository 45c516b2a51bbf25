"""The compiled packet path of the media worker (ADR 0012). Where it cannot be built, Python does the same."""

from glob import glob

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "rooms.media._swift",
            sorted(glob("rooms/media/c/*.c")),
            depends=["rooms/media/c/lane.h"],
            extra_compile_args=[
                "-O3",
                "-std=c11",
                "-Wall",
                "-Wextra",
                "-Wno-unused-parameter",
                "-Wno-missing-field-initializers",
                "-Wno-cast-function-type",
            ],
            optional=True,
        )
    ]
)
