"""Where RabbitMQ's programs are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Installation:
    """RabbitMQ's programs: in this machine, or in another Debian's tree at `root`.

    Such a tree is entered by chroot, which takes root's rights. Its broker's run directory must be below it.
    """

    root: Path = Path("/")

    def has(self, program: Path) -> bool:
        return (self.root / program.relative_to("/")).exists()

    def inside(self, path: Path) -> str:
        """What a file below `root` is called by those who run in there."""
        return f"/{path.relative_to(self.root)}"

    def command(self, program: Path, *arguments: str) -> list[str]:
        if self.root == Path("/"):
            return [str(program), *arguments]
        # A node reads about its own memory in /proc. The mount is gone with the process that made it.
        enter = 'mount --rbind /proc "$0/proc" && exec /usr/sbin/chroot "$0" "$@"'
        return ["/usr/bin/unshare", "--mount", "--", "/bin/sh", "-c", enter, str(self.root), str(program), *arguments]


HERE = Installation()
