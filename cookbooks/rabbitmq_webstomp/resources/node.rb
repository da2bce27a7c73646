# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_node
resource_name :rabbitmq_webstomp_node

description 'A RabbitMQ node with Web-STOMP: package, configuration, plugins, cookie, limits and service'

property :erlang_name, String,
         default: lazy { peers.empty? ? 'rabbit@localhost' : "rabbit@#{node['hostname']}" },
         default_description: 'rabbit@localhost, or rabbit@HOSTNAME where there are peers',
         regex: /\A[A-Za-z0-9_-]+@[A-Za-z0-9.-]+\z/,
         desired_state: false,
         description: 'Name of the Erlang node. Another name is another, empty node: keep it'

property :cookie, String,
         required: true,
         sensitive: true,
         desired_state: false,
         description: 'Shared secret of the nodes of a cluster and of their command-line tools'

property :replace_cookie, [true, false],
         default: false,
         desired_state: false,
         description: 'Allow another cookie on a node that has data. Stop all nodes of the cluster first'

property :peers, Array,
         default: [],
         coerce: proc { |value| Array(value).map(&:to_s) },
         desired_state: false,
         description: 'Host names of all nodes of the cluster, this one among them, in the same order everywhere. Blank nodes find each other by it'

property :discovery_timeout_seconds, Integer,
         default: 300,
         callbacks: { 'must be above 0' => lambda(&:positive?) },
         desired_state: false,
         description: 'How long a blank node waits for the first of the peers before it boots'

property :restart_timeout_seconds, Integer,
         default: 300,
         callbacks: { 'must be above 0' => lambda(&:positive?) },
         desired_state: false,
         description: 'How long a restart waits until every other node of the cluster is up'

property :package_version, String,
         desired_state: false,
         description: 'Version of the package rabbitmq-server; whichever is there or is newest if not given'

property :cluster_name, String,
         default: 'hubble',
         desired_state: false,
         description: 'Name that the cluster tells its clients'

property :plugins, Array,
         default: %w(rabbitmq_event_exchange rabbitmq_prometheus rabbitmq_web_stomp),
         coerce: proc { |value| Array(value).map(&:to_s).uniq.sort },
         description: 'Every plugin that is on; all others are off'

property :settings, Hash,
         default: {},
         sensitive: true,
         desired_state: false,
         description: 'Keys of rabbitmq.conf, flat or nested, above the defaults; nil takes a default away'

property :advanced, String,
         sensitive: true,
         desired_state: false,
         description: 'Text of advanced.config, for what rabbitmq.conf cannot say'

property :environment, Hash,
         default: {},
         desired_state: false,
         description: 'Further lines of rabbitmq-env.conf'

property :open_files, Integer,
         default: 65_536,
         callbacks: { 'must be at least 1024' => ->(value) { value >= 1024 } },
         desired_state: false,
         description: 'LimitNOFILE of the service'

property :amqp_listeners, Array,
         default: ['127.0.0.1:5672'],
         coerce: proc { |value| Array(value).map(&:to_s) },
         desired_state: false,
         description: 'Addresses (IP:PORT, or PORT for all interfaces) for AMQP without TLS; empty for none'

property :amqps_listeners, Array,
         default: ['5671'],
         coerce: proc { |value| Array(value).map(&:to_s) },
         desired_state: false,
         description: 'Addresses for AMQP with TLS, where a certificate is given'

property :web_stomp_listener, String,
         default: '127.0.0.1:15674',
         regex: /\A(none|[0-9.]+:\d+|\[[0-9a-f:]+\]:\d+)\z/,
         desired_state: false,
         description: 'IP:PORT of Web-STOMP, which the page\'s web server proxies'

property :prometheus_listener, String,
         default: '127.0.0.1:15692',
         regex: /\A([0-9.]+|\[[0-9a-f:]+\]):\d+\z/,
         desired_state: false,
         description: 'IP:PORT of the metrics'

property :distribution_address, [String, nil],
         default: lazy { peers.empty? ? '127.0.0.1' : nil },
         default_description: '127.0.0.1; all interfaces where there are peers',
         regex: /\A\d+\.\d+\.\d+\.\d+\z/,
         desired_state: false,
         description: 'IPv4 address on which nodes and command-line tools talk to each other'

property :tls_certificate, String,
         desired_state: false,
         description: 'Path of the certificate (with its chain) for AMQP and between nodes'

property :tls_key, String,
         desired_state: false,
         description: 'Path of its key'

property :tls_ca, String,
         desired_state: false,
         description: 'Path of the certificates that clients and other nodes are trusted by'

property :tls_client_certificates, String,
         equal_to: %w(none optional required),
         default: 'none',
         desired_state: false,
         description: 'Whether AMQP clients show a certificate of their own'

property :inter_node_tls, [true, false],
         default: false,
         desired_state: false,
         description: 'TLS, with certificates on both sides, between the nodes. All nodes of a cluster switch together'

property :erlang_tls_path, String,
         default: lazy { Dir['/usr/lib/erlang/lib/ssl-*/ebin'].max.to_s },
         default_description: 'found below /usr/lib/erlang',
         desired_state: false,
         description: 'Where Erlang keeps its TLS distribution'

property :guard, [true, false],
         default: true,
         desired_state: false,
         description: 'Bound what viewers make the broker hold: connections of more than 32 MiB are ended, short of the memory alarm the largest connections and subscription queues go, and subscription queues that are streams or quorum queues are deleted. And tell the audit who reads a stream'

property :delete_guest, [true, false],
         default: true,
         desired_state: false,
         description: 'Delete the user guest, which every blank node makes'

property :with_data, [true, false],
         default: false,
         desired_state: false,
         description: 'Let :remove delete the node\'s data too'

load_current_value do
  plugins RabbitmqWebstomp::Machine.enabled_plugins
end

action_class do
  include RabbitmqWebstomp::BrokerActions
  include RabbitmqWebstomp::NodeActions
end

action :create, description: 'Install, configure and start the node' do
  check_properties
  install_package
  check_cookie
  stop_if_faulty
  if broker_running?
    configure_running
  else
    write_files
    start_broker
  end
  delete_guest_user
  check_membership
end

action :drain, description: 'Put the node in maintenance: its clients and leaders go elsewhere. Refuses while another is away' do
  unless rolling.drained?
    converge_by "put #{new_resource.erlang_name} in maintenance" do
      rolling.claim(new_resource.restart_timeout_seconds)
      rolling.drain
    end
  end
end

action :revive, description: 'End the maintenance' do
  if rolling.drained?
    converge_by("end the maintenance of #{new_resource.erlang_name}") { rolling.release }
  end
end

action :restart, description: 'Restart the node, when no other is away' do
  converge_by("restart #{new_resource.erlang_name}") { restart_in_turn }
end

action :stop, description: 'Stop the node' do
  service('rabbitmq-server') { action :stop }
end

action :remove, description: 'Stop the node and take the package and its configuration away; its data only with with_data' do
  service('rabbitmq-server') { action [:stop, :disable] }
  package('rabbitmq-server') { action :purge }
  folders = %w(/etc/systemd/system/rabbitmq-server.service.d /etc/systemd/system/epmd.socket.d /etc/rabbitmq)
  folders << RabbitmqWebstomp::Machine::GUARD
  folders += %w(/var/lib/rabbitmq /var/log/rabbitmq) if new_resource.with_data
  folders.each do |folder|
    directory folder do
      recursive true
      action :delete
    end
  end
end
