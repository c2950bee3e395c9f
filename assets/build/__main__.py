"""Command line of the asset builder."""

from __future__ import annotations

import argparse
import logging
import time

from assets.build.builder import builds, places

log = logging.getLogger("assets.build")


def main() -> None:
    """Build everything, or only the given names."""
    usual = builds()
    known = usual | places()
    parser = argparse.ArgumentParser(prog="python -m assets.build", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to build: {', '.join(known)} (all)")
    names = parser.parse_args().names or list(usual)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if unknown := sorted(set(names) - set(known)):
        parser.error(f"unknown: {', '.join(unknown)}. Choose from {', '.join(known)}")
    for name in names:
        start = time.perf_counter()
        known[name]()
        log.info("%s: %.1f s", name, time.perf_counter() - start)


if __name__ == "__main__":
    main()
