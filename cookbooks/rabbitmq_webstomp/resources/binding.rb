# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_binding
resource_name :rabbitmq_webstomp_binding

description 'A binding: what of an exchange goes into a queue, a stream or another exchange'

use 'partial/_vhost'

property :source, String, required: true, identity: true, desired_state: false, description: 'The exchange'
property :destination, String, required: true, identity: true, desired_state: false, description: 'The queue, stream or exchange'
property :destination_type, String, equal_to: %w(queue exchange), default: 'queue', desired_state: false, description: 'What the destination is'
property :routing_key, String, default: '#', identity: true, desired_state: false, description: 'Key or pattern'

load_current_value do |new_resource|
  wanted = { 'vhost' => new_resource.vhost, 'source' => new_resource.source, 'destination' => new_resource.destination,
             'destination_type' => new_resource.destination_type, 'routing_key' => new_resource.routing_key, 'arguments' => {} }
  current_value_does_not_exist! unless RabbitmqWebstomp::Broker.of(new_resource.node).binding?(wanted)
end

action_class do
  include RabbitmqWebstomp::BrokerActions

  def told
    "#{new_resource.source} --#{new_resource.routing_key}--> #{new_resource.destination_type} #{new_resource.destination}"
  end
end

action :create, description: 'Bind' do
  ends = { new_resource.source => broker.exchange(new_resource.vhost, new_resource.source),
           new_resource.destination => broker.public_send(new_resource.destination_type, new_resource.vhost, new_resource.destination) }
  refuse(ends.filter_map { |name, found| "there is no #{name} in vhost #{new_resource.vhost}" unless found })
  unless current_resource
    converge_by("bind #{told}") do
      broker.import('bindings' => [{ 'vhost' => new_resource.vhost, 'source' => new_resource.source, 'destination' => new_resource.destination,
                                     'destination_type' => new_resource.destination_type, 'routing_key' => new_resource.routing_key,
                                     'arguments' => {} }])
    end
  end
end

action :delete, description: 'Unbind' do
  if current_resource
    converge_by("unbind #{told}") do
      erlang_ok "rabbit_binding:remove({binding, #{resource_term('exchange', new_resource.source)}, " \
              "#{RabbitmqWebstomp::Cli.erlang_binary(new_resource.routing_key)}, " \
              "#{resource_term(new_resource.destination_type, new_resource.destination)}, []}, <<\"chef\">>)."
    end
  end
end
