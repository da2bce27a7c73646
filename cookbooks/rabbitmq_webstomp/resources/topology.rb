# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_topology
resource_name :rabbitmq_webstomp_topology

description 'What flows need of the broker: the vhost, the exchanges, the bounds of subscriptions, the log-ins of adapters'

property :vhost, String, name_property: true, identity: true, description: 'Virtual host in which it lives'
property :exchange_type, String, default: 'topic', description: 'topic; or fanout, on which every viewer sees everything'
property :max_queues, Integer, default: 2_000, description: 'Queues of all viewers together'

property :adapters, Hash,
         default: {},
         sensitive: true,
         coerce: proc { |value| value.transform_keys(&:to_s) },
         callbacks: { 'must be a Hash {name => password}' => ->(value) { value.values.all?(String) } },
         description: 'Log-ins that publish flows, each with its password. One that is not here stays as it is'

action_class do
  include RabbitmqWebstomp::BrokerActions
  include RabbitmqWebstomp::TopologyActions
end

action :create, description: 'Declare all of it, and set what differs' do
  broker.batch do
    exchanges
    bounds
    new_resource.adapters.each { |name, password| adapter(name, password) }
  end
end
