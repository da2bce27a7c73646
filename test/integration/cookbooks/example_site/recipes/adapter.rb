# frozen_string_literal: true

# The adapter beside its broker.
releases = ExampleSite::Releases.new(node['example_site']['releases'])
releases.newest('hubble-adapter').each { |name, value| node.default['hubble_adapter'][name] = value }
node.default['hubble_adapter']['config'] = {
  'hubble' => { 'address' => node['example_site']['relay'] },
  'rabbitmq' => {
    'url' => 'amqp://adapter@127.0.0.1:5672/hubble',
    'password_file' => '/etc/hubble-adapter/rabbitmq.password',
  },
  'http' => { 'listen' => '127.0.0.1:9808' },
}

include_recipe 'example_site::secrets'
include_recipe 'hubble_adapter'
