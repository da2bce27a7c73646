"""A private RabbitMQ node with Web-STOMP: own data, own ports, own cookie, own epmd, everything on loopback.

It takes RabbitMQ's programs from the Debian package (3.10 and 4.0 are tried) and nothing else of the machine: neither
the configuration under /etc/rabbitmq nor a node that already runs is read or touched. Works as root and as anyone else.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pika
import pika.exceptions

from stack import credentials, definitions, guard, ports
from stack.definitions import VHOST, Stream, User
from stack.errors import StackError
from stack.installation import HERE, Installation
from stack.logs import harmless
from stack.process import Child

_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
_EPMD = Path("/usr/bin/epmd")
# The host part resolves everywhere; the epmd of our own makes the name unique.
NODE = "hubblecast@localhost"
_MEMORY_LIMIT = "512MB"
_CTL_TIMEOUT_SECONDS = 60.0

_CONFIGURATION = """\
listeners.tcp.local = {loopback}:{amqp_port}
web_stomp.tcp.ip = {loopback}
web_stomp.tcp.port = {webstomp_port}
web_stomp.ws_opts.idle_timeout = 180000
web_stomp.ws_opts.max_frame_size = 65536
stomp.listeners.tcp = none
log.file = false
log.console = true
log.console.level = warning
log.console.use_colors = off
vm_memory_high_watermark.absolute = {memory_limit}
disk_free_limit.absolute = 50MB
"""


class PrivateBroker:
    """One RabbitMQ node under `run_dir` (its own, created 0700; whatever an earlier node left there is thrown away).

    `users` get a random password each, in `run_dir/secrets/NAME.password` (0600). Ports and passwords hold for the life
    of this object, so `kill()` and `restart()` leave addresses and log-ins as they were. `streams` are there from
    the first second, `plugins` come on top of Web-STOMP, `settings` are further lines of rabbitmq.conf.
    """

    def __init__(
        self,
        run_dir: Path,
        users: Sequence[User] = (definitions.ADAPTER, definitions.DEMO),
        log_dir: Path | None = None,
        installation: Installation = HERE,
        streams: Sequence[Stream] = (),
        plugins: Sequence[str] = (),
        settings: str = "",
    ) -> None:
        self.run_dir = run_dir.absolute()
        self._installation = installation
        self._streams = tuple(streams)
        self._plugins = ("rabbitmq_web_stomp", *plugins)
        self._settings = settings
        self.users = tuple(users)
        self.amqp_port, self.webstomp_port, self._epmd_port, self._distribution_port = ports.free_ports(4)
        self._home = self.run_dir / "home"
        self._secrets = self.run_dir / "secrets"
        self._definitions = self.run_dir / "definitions.json"
        self._passwords = {user.name: credentials.new_password() for user in self.users}
        log_dir = (log_dir or self.run_dir / "log").absolute()
        epmd = installation.command(_EPMD, "-port", str(self._epmd_port), "-address", ports.LOOPBACK)
        self._epmd = Child("epmd", epmd, log_dir / "epmd.log", env=self._environment())
        self._node = Child(
            "RabbitMQ",
            installation.command(_PROGRAMS / "rabbitmq-server"),
            log_dir / "broker.log",
            env=self._environment(),
            # Its data are thrown away anyhow, and a node in the middle of its boot may not heed SIGTERM.
            death_signal=signal.SIGKILL,
            stop_seconds=20.0,
        )
        self._prepared = False
        self._booted = False

    @property
    def pid(self) -> int:
        """Process id of the Erlang machine itself (there is no shell in between)."""
        return self._node.pid

    @property
    def log(self) -> Path:
        return self._node.log

    @property
    def running(self) -> bool:
        return self._node.running

    def url(self, user: str) -> str:
        """AMQP address for this user, without the password."""
        return f"amqp://{user}@{ports.LOOPBACK}:{self.amqp_port}/{VHOST}"

    def password(self, user: str) -> str:
        return self._passwords[user]

    def password_file(self, user: str) -> Path:
        """File of mode 0600 that holds the user's password and nothing else; there once the node was launched."""
        return self._secrets / f"{user}.password"

    def connect(self, user: str) -> pika.BlockingConnection:
        """A new AMQP connection of this user. Raises pika's own errors."""
        parameters = pika.ConnectionParameters(
            host=ports.LOOPBACK,
            port=self.amqp_port,
            virtual_host=VHOST,
            credentials=pika.PlainCredentials(user, self._passwords[user]),
            socket_timeout=5.0,
            stack_timeout=10.0,
        )
        return pika.BlockingConnection(parameters)

    def start(self, timeout_seconds: float = 90.0) -> None:
        """Boot the node and wait until its users can log in. Raises StackError."""
        self.launch()
        self.wait_ready(timeout_seconds)

    def launch(self) -> None:
        """Begin to boot the node, and return at once. Raises StackError if RabbitMQ is not installed."""
        for program in (_PROGRAMS / "rabbitmq-server", _EPMD):
            if not self._installation.has(program):
                raise StackError(f"{program} is missing: install Debian's package rabbitmq-server")
        if not self._prepared:
            self._prepare()
        if not self._epmd.running:
            self._epmd.launch()
        self._booted = False
        self._node.launch()

    def wait_ready(self, timeout_seconds: float = 90.0) -> None:
        """Return once `ready()`. Raises PartDied or NotReady."""
        ports.wait_until(self.ready, alive=self.check, what="RabbitMQ", timeout_seconds=timeout_seconds)

    def ready(self) -> bool:
        """Whether a user can log in through AMQP and Web-STOMP listens. Raises StackError if no user ever can."""
        if not (ports.accepts(self.amqp_port) and ports.accepts(self.webstomp_port)):
            return False
        try:
            with _quiet_pika():
                self.connect(self.users[0].name).close()
        except pika.exceptions.ProbableAuthenticationError as error:
            # It listens only after it has read the definitions: this will not get better.
            raise StackError(f"RabbitMQ does not know its users: it could not read {self._definitions}") from error
        except pika.exceptions.AMQPError:
            return False
        if not self._booted:
            self._booted = True
            # It has its definitions now. RabbitMQ 4.0 does not boot with any that bind a stream it has already.
            self._write_configuration("")
        return True

    def check(self) -> None:
        """Raise PartDied unless the node and its epmd run."""
        self._epmd.check()
        self._node.check()

    def stop(self) -> None:
        """Shut the node down, then its epmd. Does nothing when they are gone."""
        self._end_node()
        self._epmd.stop()

    def kill(self) -> None:
        """End the node as a power cut would; its epmd stays for `start()`."""
        self._node.kill()

    def restart(self, timeout_seconds: float = 90.0) -> None:
        """Shut down and boot again with the same data, ports and log-ins."""
        self._end_node()
        self.start(timeout_seconds)

    def ctl(self, *arguments: str, input_text: str | None = None) -> str:
        """Run `rabbitmqctl --quiet ARGUMENTS` against this node and return what it printed. Raises StackError.

        Never put a secret into `arguments`: every user of the machine can read a command line.
        """
        try:
            done = subprocess.run(
                self._installation.command(_PROGRAMS / "rabbitmqctl", "--quiet", *arguments),
                env=self._environment(),
                input=input_text,
                stdin=subprocess.DEVNULL if input_text is None else None,
                capture_output=True,
                text=True,
                timeout=_CTL_TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise StackError(f"rabbitmqctl {arguments[0]} did not end within {_CTL_TIMEOUT_SECONDS:.0f} s") from error
        if done.returncode != 0:
            said = harmless(done.stderr)
            raise StackError(f"rabbitmqctl {' '.join(arguments)} ended with exit code {done.returncode}: {said}")
        return done.stdout

    def block_publishers(self) -> None:
        """Raise the memory alarm: from now on the broker stops reading from every connection that publishes."""
        self.ctl("set_vm_memory_high_watermark", "absolute", "1MB")

    def unblock_publishers(self) -> None:
        """Take the memory alarm back."""
        self.ctl("set_vm_memory_high_watermark", "absolute", _MEMORY_LIMIT)

    def _end_node(self) -> None:
        # In the middle of its boot a node takes 20 s and more to heed SIGTERM.
        if self._booted:
            self._node.stop()
        else:
            self._node.kill()

    def _prepare(self) -> None:
        shutil.rmtree(self.run_dir / "data", ignore_errors=True)
        for folder in (self.run_dir, self._home, self._secrets, self.run_dir / "data"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        for name, password in self._passwords.items():
            credentials.write_private(self.password_file(name), password)
        hashes = {name: credentials.broker_hash(password) for name, password in self._passwords.items()}
        credentials.write_private(self._definitions, definitions.document(self.users, hashes, self._streams))
        credentials.write_private(self._home / ".erlang.cookie", secrets.token_hex(20))
        (self._home / ".erlang.cookie").chmod(0o400)
        self._write_configuration(f"load_definitions = {self._installation.inside(self._definitions)}\n")
        guard.compile_into(self.run_dir, self._installation.inside(self.run_dir), self._installation.command)
        (self.run_dir / "advanced.config").write_text("[].\n")
        (self.run_dir / "environment.conf").write_text("")
        (self.run_dir / "enabled_plugins").write_text(f"[{','.join(self._plugins)}].\n")
        self._prepared = True

    def _write_configuration(self, further: str) -> None:
        configuration = _CONFIGURATION.format(
            loopback=ports.LOOPBACK,
            amqp_port=self.amqp_port,
            webstomp_port=self.webstomp_port,
            memory_limit=_MEMORY_LIMIT,
        )
        (self.run_dir / "rabbitmq.conf").write_text(configuration + self._settings + further)

    def _environment(self) -> dict[str, str]:
        """The whole environment of the node and of rabbitmqctl: nothing of the caller's RABBITMQ_… may slip in."""
        # epmd would become a daemon of its own, and stay.
        loopback_only = "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"
        run_dir = self._installation.inside(self.run_dir)
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": f"{run_dir}/home",
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": ports.LOOPBACK,
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_CONF_ENV_FILE": f"{run_dir}/environment.conf",
            "RABBITMQ_CONFIG_FILE": f"{run_dir}/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{run_dir}/advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{run_dir}/enabled_plugins",
            "RABBITMQ_MNESIA_BASE": f"{run_dir}/data",
            "RABBITMQ_LOG_BASE": f"{run_dir}/data",
            "RABBITMQ_PID_FILE": f"{run_dir}/rabbitmq.pid",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_SCHEDULER_BIND_TYPE": "u",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"+S 2:2 {loopback_only} {guard.arguments(run_dir)}",
            "RABBITMQ_CTL_ERL_ARGS": loopback_only,
            # As under systemd: the start script becomes the Erlang machine instead of watching over it from a shell.
            "RUNNING_UNDER_SYSTEMD": "true",
        }


@contextlib.contextmanager
def _quiet_pika() -> Iterator[None]:
    """A log-in that is tried too early is no news."""
    logger = logging.getLogger("pika")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
