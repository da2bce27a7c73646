# frozen_string_literal: true

releases = ExampleSite::Releases.new(node['example_site']['releases'])
page = releases.newest('hubblecast-page').merge('server_names' => %w(flows.example.test))
node.default['rabbitmq_webstomp']['page'] = page
node.default['rabbitmq_webstomp']['viewers'] = {
  'noc' => { 'namespaces' => 'all' },
  'shop' => { 'namespaces' => ['shop'] },
}

include_recipe 'example_site::secrets'
include_recipe 'rabbitmq_webstomp'
include_recipe 'example_site::adapter'
