"""The command line: serve, init, user, drill, journal, log."""

import click

from server.cli.account import user
from server.cli.drill import drill
from server.cli.found import init
from server.cli.journal import journal
from server.cli.serve import serve


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="pingji")
def pingji() -> None:
    """Pingji 平急: in routine the district's grid platform, in an emergency its command centre.

    Every option can also be set by the environment, e.g. PINGJI_SERVE_PORT=8080.

    A command ends with 0 when it was done; 1: something is wrong with the journal; 2: wrong usage; 3: the
    house is in trouble (database, address in use, no answer); 4: refused by a rule.
    """


for command in (serve, init, user, drill, journal):
    pingji.add_command(command)
