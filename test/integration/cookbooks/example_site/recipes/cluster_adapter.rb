# frozen_string_literal: true

# An adapter on a host of its own, whose workers go to whichever broker is up.
releases = ExampleSite::Releases.new(node['example_site']['releases'])
releases.newest('hubble-adapter').each { |name, value| node.default['hubble_adapter'][name] = value }
node.default['hubble_adapter']['config'] = {
  'hubble' => { 'address' => node['example_site']['relay'] },
  'rabbitmq' => {
    'urls' => %w(rmq1 rmq2 rmq3).map { |host| "amqps://adapter@#{host}:5671/hubble" },
    'password_file' => '/etc/hubble-adapter/rabbitmq.password',
    'tls' => { 'ca_file' => '/etc/hubble-adapter/ca.crt' },
  },
  'workers' => 2,
  'http' => { 'listen' => '127.0.0.1:9808' },
}
node.default['hubble_adapter']['secrets'] = { 'rabbitmq.password' => 'adapter.password', 'ca.crt' => 'ca.crt' }

include_recipe 'example_site::secrets'
include_recipe 'hubble_adapter'
