"""A private nginx: serves the built page and carries `/ws` to the broker's Web-STOMP, on loopback.

Neither /etc/nginx nor a running nginx is read or touched. Needs no privileges.
"""

from __future__ import annotations

import http.client
import os
import shutil
from pathlib import Path

from stack import ports
from stack.errors import StackError
from stack.part import ListeningPart
from stack.process import Child

_PROGRAM = Path("/usr/sbin/nginx")
_TEMPLATE = Path(__file__).resolve().parent.parent / "nginx.conf.template"


class PrivateNginx(ListeningPart):
    """nginx under `run_dir` (its own, created 0700), serving folder `page` at 127.0.0.1:`port` (0: any free one).

    `visitors`: the audit's socket, at which it tells who opens a WebSocket.
    """

    def __init__(
        self,
        run_dir: Path,
        page: Path,
        webstomp_port: int,
        port: int = 0,
        log_dir: Path | None = None,
        visitors: Path | None = None,
    ) -> None:
        self.run_dir = run_dir.absolute()
        self.port = port or ports.free_port()
        self._page = page.absolute()
        self._webstomp_port = webstomp_port
        self._visitors = visitors
        log = (log_dir or self.run_dir.parent / "log").absolute() / "nginx.log"
        command = [str(_PROGRAM), "-p", f"{self.run_dir}/", "-c", "nginx.conf", "-e", "stderr"]
        super().__init__(Child("nginx", command, log, cwd=self.run_dir))

    @property
    def url(self) -> str:
        return f"http://{ports.LOOPBACK}:{self.port}/"

    def launch(self) -> None:
        """Start and return at once. Raises StackError if nginx is not installed or the page is not built."""
        if not _PROGRAM.exists():
            raise StackError(f"{_PROGRAM} is missing: install Debian's package nginx")
        if not (self._page / "index.html").is_file():
            raise StackError(f"the page is not built: {self._page}/index.html is missing")
        shutil.rmtree(self.run_dir, ignore_errors=True)
        self.run_dir.mkdir(mode=0o700, parents=True)
        (self.run_dir / "page").symlink_to(self._page, target_is_directory=True)
        (self.run_dir / "nginx.conf").write_text(self._configuration())
        super().launch()

    def ready(self) -> bool:
        """Whether the page answers."""
        connection = http.client.HTTPConnection(ports.LOOPBACK, self.port, timeout=2.0)
        try:
            connection.request("HEAD", "/")
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()

    def _configuration(self) -> str:
        text = _TEMPLATE.read_text(encoding="utf-8")
        words = {
            "ADDRESS": ports.LOOPBACK,
            "PORT": str(self.port),
            "WEBSTOMP_PORT": str(self._webstomp_port),
            "VISITORS": self._visitors_log(),
            # nginx started by root would give its worker to a user who cannot read root's folders.
            "USER": "user root;" if os.geteuid() == 0 else "",
        }
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        return text

    def _visitors_log(self) -> str:
        if self._visitors is None:
            return "off"
        # From where nginx runs: a socket's whole path may not be longer than 107 bytes.
        path = os.path.relpath(self._visitors, self.run_dir)
        return f"syslog:server=unix:{path},nohostname,tag=visitor visitor"
