# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_exchange
resource_name :rabbitmq_webstomp_exchange

description 'An exchange'

use 'partial/_vhost'

property :exchange, String, name_property: true, identity: true, desired_state: false, description: 'Its name'
property :type, String, default: 'topic', description: 'topic, fanout, direct, headers, or that of a plugin'
property :durable, [true, false], default: true, description: 'Whether it outlives the broker\'s restart'
property :auto_delete, [true, false], default: false, description: 'Whether it goes with its last binding'
property :internal, [true, false], default: false, description: 'Whether only other exchanges may publish to it'
property :arguments, Hash, default: {}, coerce: proc { |value| value.transform_keys(&:to_s) }, description: 'Further arguments'

load_current_value do |new_resource|
  found = RabbitmqWebstomp::Broker.of(new_resource.node).exchange(new_resource.vhost, new_resource.exchange)
  current_value_does_not_exist! unless found

  type found['type']
  durable found['durable']
  auto_delete found['auto_delete']
  internal found.fetch('internal', false)
  arguments found['arguments']
end

action_class do
  include RabbitmqWebstomp::BrokerActions

  def wanted
    { 'type' => new_resource.type, 'durable' => new_resource.durable, 'auto_delete' => new_resource.auto_delete,
      'internal' => new_resource.internal, 'arguments' => new_resource.arguments }
  end
end

action :create, description: 'Declare it. One that is there with other properties is an error' do
  found = broker.exchange(new_resource.vhost, new_resource.exchange)
  refuse_mismatch({ 'internal' => false }.merge(found), wanted) if found
  refuse "there is no vhost #{new_resource.vhost}" unless broker.vhost(new_resource.vhost)
  converge_if_changed do
    broker.import('exchanges' => [{ 'vhost' => new_resource.vhost, 'name' => new_resource.exchange, **wanted }])
  end
end

action :delete, description: 'Delete it with its bindings' do
  if current_resource
    converge_by("delete exchange #{new_resource.exchange}") do
      erlang_ok "rabbit_exchange:delete(#{resource_term('exchange', new_resource.exchange)}, false, <<\"chef\">>)."
    end
  end
end
