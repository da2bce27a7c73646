"""Every problem of a configuration is told at once, with its path and what would be right; what is good is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubble_adapter.cli import main
from hubble_adapter.config import Settings, load
from hubble_adapter.errors import ConfigError
from hubble_adapter.wire import flow_pb2

EXAMPLE = Path(__file__).parents[2] / "hubble-adapter.example.yaml"
GOOD = {"HUBBLE_RELAY_ADDRESS": "relay:4245", "RABBITMQ_URL": "amqp://adapter:se%40cret@broker/hubble"}


def problems(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> dict[str, str]:
    file = tmp_path / "adapter.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file, environment or {})
    return {problem.path: problem.message for problem in caught.value.problems}


def good(tmp_path: Path, text: str = "", environment: dict[str, str] | None = None) -> Settings:
    file = tmp_path / "adapter.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file, GOOD | (environment or {}))


def test_the_environment_alone_is_enough() -> None:
    settings = load(None, GOOD)
    assert settings.hubble.address == "relay:4245"
    (broker,) = settings.rabbitmq.brokers
    assert (broker.user, broker.password, broker.host, broker.port, broker.vhost) == (
        "adapter",
        "se@cret",
        "broker",
        5672,
        "hubble",
    )
    assert settings.rabbitmq.exchange_type == "topic"
    assert "se@cret" not in repr(settings)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    text = """
hubble: {address: "other:1", request_timeout_seconds: 3}
rabbitmq: {exchange_name: mine, exchange_type: topic}
filters: {verdicts: [AUDIT]}
"""
    environment = {
        "HUBBLE_REQUEST_TIMEOUT_SECONDS": "7.5",
        "RABBITMQ_EXCHANGE_NAME": "theirs",
        "RABBITMQ_EXCHANGE_TYPE": "fanout",
        "VERDICT_WHITELIST": "DROPPED, ERROR",
    }
    settings = good(tmp_path, text, environment)
    assert settings.hubble.address == "relay:4245"
    assert settings.hubble.request_timeout_seconds == 7.5
    assert (settings.rabbitmq.exchange_name, settings.rabbitmq.exchange_type) == ("theirs", "fanout")
    assert settings.filters.verdicts == (flow_pb2.DROPPED, flow_pb2.ERROR)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """
hubble:
  adress: relay:4245
  request_timeout_seconds: soon
rabbitmq:
  url: http://broker
  exchange_type: topics
  heartbeat_seconds: true
filters:
  verdicts: [DROPED, 5]
  exclude_namespaces: kube-system
  allow: [{}, {source_pods: [x]}, all]
batch: [1]
buffer: {max_bytes: 1}
flows: {labels: [1]}
cluster: "a.b"
log_level: loud
zzz: 1
""",
    )
    assert found["hubble.address"] == "is missing; it must be set"
    assert found["hubble.adress"] == "is not a setting; did you mean address?"
    assert found["hubble.request_timeout_seconds"].endswith("it must be a number from 0.1 to 300")
    assert found["rabbitmq.url"].startswith("must look like amqp://")
    assert found["rabbitmq.exchange_type"].endswith("did you mean topic?")
    assert found["rabbitmq.heartbeat_seconds"].startswith("is true or false")
    assert found["filters.verdicts[0]"].endswith("did you mean DROPPED?")
    assert found["filters.verdicts[1]"].endswith("it must be a string")
    assert found["filters.exclude_namespaces"].startswith("is a string")
    assert "matches every flow" in found["filters.allow[0]"]
    assert "source_pods" in found["filters.allow[1]"]
    assert "filters.allow[2]" in found
    assert found["batch"] == "is a list; it must be a mapping (key: value)"
    assert found["buffer.max_bytes"].startswith("is 1; it must be from")
    assert "flows.labels[0]" in found
    assert "cluster" in found
    assert found["log_level"].endswith("one of debug, info, warning, error")
    assert found["zzz"].startswith("is not a setting; known here: ")


def test_workers_need_nodes_to_share_and_a_buffer_for_each(tmp_path: Path) -> None:
    assert good(tmp_path, "workers: 4").workers == 4
    found = problems(tmp_path, "workers: 4\nfilters: {allow: [{verdict: [DROPPED]}, {node_name: [east/]}]}", GOOD)
    assert found == {"workers": "is 4, and filters.allow[1] names nodes; leave one of them out"}
    found = problems(tmp_path, "workers: 4\nbuffer: {max_bytes: 2097152}", GOOD)
    assert found == {"workers": "is 4, and buffer.max_bytes leaves less than 1048576 for each"}


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("a: [", "adapter.yaml:1:5", "is not YAML"),
        ("hubble: {}\nhubble: {}", "adapter.yaml:2:1", "a second time"),
        ("- 1", "the file", "must be a mapping"),
        ("just text", "the file", "must be a mapping"),
        ("a: !!python/object:os.system x", "adapter.yaml:1:4", "is not YAML"),
    ],
)
def test_a_file_that_is_no_mapping_is_told_with_its_place(tmp_path: Path, text: str, path: str, message: str) -> None:
    ((where, what),) = [(where, what) for where, what in problems(tmp_path, text).items() if message in what]
    assert where.endswith(path)
    assert message in what


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "missing.yaml", {})
    (tmp_path / "latin").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load(tmp_path / "latin", {})


@pytest.mark.parametrize("address", ["relay", "relay:", ":4245", "relay:0", "relay:99999", "http://relay"])
def test_an_address_must_have_host_and_port(tmp_path: Path, address: str) -> None:
    found = problems(tmp_path, "", GOOD | {"HUBBLE_RELAY_ADDRESS": address})
    assert list(found) == ["environment HUBBLE_RELAY_ADDRESS (hubble.address)"]


def test_tls_is_on_where_the_address_says_so_or_the_section_stands(tmp_path: Path) -> None:
    assert good(tmp_path).hubble.tls is None
    settings = good(tmp_path, environment={"HUBBLE_RELAY_ADDRESS": "tls://relay:443"})
    assert settings.hubble.tls is not None
    assert settings.hubble.address == "relay:443"
    settings = good(tmp_path, "hubble: {tls: {server_name: a.hubble-relay.cilium.io}}")
    assert settings.hubble.tls is not None
    assert good(tmp_path, environment={"RABBITMQ_URL": "amqps://u:p@h"}).rabbitmq.brokers[0].port == 5671
    found = problems(tmp_path, "hubble: {tls: {cert_file: /nowhere, ca: x}}", GOOD)
    assert set(found) == {"hubble.tls.cert_file", "hubble.tls.key_file", "hubble.tls.ca"}


def test_a_password_comes_from_a_file_that_not_everybody_can_read(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("se:cret\n")
    secret.chmod(0o640)
    text = f"rabbitmq: {{password_file: {secret}}}"
    url = {"RABBITMQ_URL": "amqp://adapter@broker/hubble"}
    assert good(tmp_path, text, url).rabbitmq.brokers[0].password == "se:cret"
    credentials = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert (
        good(tmp_path, "rabbitmq: {password_file: password}", url | credentials).rabbitmq.brokers[0].password
        == "se:cret"
    )
    # Where only root can read the file, systemd hands over a copy of the same name.
    unreadable = "rabbitmq: {password_file: /nowhere/password}"
    assert good(tmp_path, unreadable, url | credentials).rabbitmq.brokers[0].password == "se:cret"
    secret.chmod(0o644)
    found = problems(tmp_path, text, GOOD | url)
    assert found["rabbitmq.password_file"].endswith("chmod it to 0640 or less")
    assert "leave one of them out" in problems(tmp_path, text, GOOD)["rabbitmq.password_file"]
    assert "is missing" in problems(tmp_path, "", GOOD | url)["rabbitmq.password_file"]


def test_no_message_repeats_a_password(tmp_path: Path) -> None:
    found = problems(tmp_path, "", {"RABBITMQ_URL": "amqp//adapter:topsecret@broker:x/"})
    assert "topsecret" not in str(found)


def test_verdicts_go_into_every_allowing_filter(tmp_path: Path) -> None:
    text = "filters: {verdicts: [DROPPED], allow: [{source_pod: [a/]}, {verdict: [AUDIT]}], exclude_namespaces: [b]}"
    filters = good(tmp_path, text).filters
    assert [list(one.verdict) for one in filters.whitelist()] == [[flow_pb2.DROPPED], [flow_pb2.AUDIT]]
    assert filters.blacklist() == [flow_pb2.FlowFilter(source_pod=["b/"]), flow_pb2.FlowFilter(destination_pod=["b/"])]
    assert good(tmp_path).filters.whitelist() == []


def test_the_shipped_example_is_good_but_for_its_secret(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(EXAMPLE, {})
    assert [problem.path for problem in caught.value.problems] == ["rabbitmq.password_file"]
    settings = good(tmp_path, EXAMPLE.read_text().replace("  password_file:", "  # "))
    assert settings.filters.excluded_namespaces == ("kube-system",)


def test_the_example_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    """Uncommented, the example is a configuration that means the same."""
    lines = EXAMPLE.read_text().splitlines()
    for key in (
        "request_timeout_seconds",
        "resume_skew_seconds",
        "exchange_name",
        "exchange_type",
        "heartbeat_seconds",
    ):
        assert any(line.strip().startswith(f"# {key}:") for line in lines), key
    for key in (
        "max_flow_bytes: 65536",
        "max_flows: 200",
        "max_delay_ms: 50",
        "max_bytes: 33554432",
        "log_level: info",
    ):
        assert any(line.endswith(key) for line in lines), key


def test_check_exits_with_78_and_lists_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in (*GOOD, "VERDICT_WHITELIST"):
        monkeypatch.delenv(variable, raising=False)
    file = tmp_path / "adapter.yaml"
    file.write_text("hubbel: {}\n")
    assert main(["check", "--config", str(file)]) == 78
    assert main(["run", "--config", str(file)]) == 78
    printed = capsys.readouterr().err
    assert "hubbel: is not a setting; did you mean hubble?" in printed
    assert "3 problems in the configuration" in printed
    for variable, value in GOOD.items():
        monkeypatch.setenv(variable, value)
    assert main(["check"]) == 0
    assert main(["version"]) == 0
