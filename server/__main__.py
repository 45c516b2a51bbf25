"""`pingji`: the command line. The only reader of the environment (PINGJI_… sets every option)."""

from server.cli import pingji


def main() -> None:
    pingji(auto_envvar_prefix="PINGJI", prog_name="pingji")


if __name__ == "__main__":
    main()
