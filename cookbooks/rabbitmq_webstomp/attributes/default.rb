# frozen_string_literal: true

# Properties of rabbitmq_webstomp_node, by name: peers, settings, plugins, amqp_listeners, …
default['rabbitmq_webstomp']['node'] = {}

# Where secrets are, one a file: rabbitmq.cookie, NAME.password, broker.crt, broker.key, broker.ca.crt, page.crt, page.key.
# node.run_state['hubblecast_secrets'] goes first.
default['rabbitmq_webstomp']['secrets_path'] = '/etc/hubblecast/secrets'
# Make the cookie and passwords that are missing. For a single machine only.
default['rabbitmq_webstomp']['generate_secrets'] = false

# topic, or fanout, on which every viewer sees everything.
default['rabbitmq_webstomp']['exchange_type'] = 'topic'
# Log-ins that publish flows.
default['rabbitmq_webstomp']['adapters'] = %w(adapter)
# By log-in, properties of rabbitmq_webstomp_viewer: {'shop' => {'namespaces' => ['shop']}, 'noc' => {'namespaces' => 'all'}}
default['rabbitmq_webstomp']['viewers'] = {}
# Log-ins that are viewers no more.
default['rabbitmq_webstomp']['removed_viewers'] = []
# Queues of all viewers together.
default['rabbitmq_webstomp']['max_queues'] = 2_000

# The audit of each node, and properties of rabbitmq_webstomp_audit beside it: metrics_listener, broker_address, …
default['rabbitmq_webstomp']['audit'] = { 'enabled' => true }

# Properties of rabbitmq_webstomp_page: source, sha256, version, server_names, … Without a source there is no page.
default['rabbitmq_webstomp']['page'] = {}
