# frozen_string_literal: true

# One of three brokers: TLS for clients and between the nodes, no AMQP without it, and the page on each.
releases = ExampleSite::Releases.new(node['example_site']['releases'])
node.default['rabbitmq_webstomp']['node'] = {
  'peers' => %w(rmq1 rmq2 rmq3),
  'amqp_listeners' => [],
  'inter_node_tls' => true,
}
node.default['rabbitmq_webstomp']['page'] = releases.newest('hubblecast-page').merge('server_names' => %w(flows.example.test))
node.default['rabbitmq_webstomp']['viewers'] = {
  'noc' => { 'namespaces' => 'all' },
  'shop' => { 'namespaces' => ['shop'] },
}

include_recipe 'example_site::secrets'
include_recipe 'rabbitmq_webstomp'
