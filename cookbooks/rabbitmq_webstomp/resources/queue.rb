# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_queue
resource_name :rabbitmq_webstomp_queue

description 'A queue'

use 'partial/_vhost'

property :queue, String, name_property: true, identity: true, desired_state: false, description: 'Its name'
property :type, String, equal_to: %w(classic quorum stream), default: 'classic', description: 'Its kind'
property :durable, [true, false], default: true, description: 'Whether it outlives the broker\'s restart'
property :auto_delete, [true, false], default: false, description: 'Whether it goes with its last consumer'

property :arguments, Hash,
         default: {},
         coerce: proc { |value| value.transform_keys(&:to_s) },
         description: 'Further arguments. What a policy can say is better said there: a policy can be changed'

property :with_data, [true, false],
         default: false,
         desired_state: false,
         description: 'Must be true for :delete, which takes its messages with it'

load_current_value do |new_resource|
  found = RabbitmqWebstomp::Broker.of(new_resource.node).queue(new_resource.vhost, new_resource.queue)
  current_value_does_not_exist! unless found

  type found.fetch('arguments', {}).fetch('x-queue-type', 'classic')
  durable found['durable']
  auto_delete found['auto_delete']
  arguments found['arguments'].reject { |key, _| key == 'x-queue-type' }
end

action_class do
  include RabbitmqWebstomp::BrokerActions

  # A classic queue is not given its type in words: a queue that was declared without is the same one.
  def wanted
    typed = new_resource.type == 'classic' ? {} : { 'x-queue-type' => new_resource.type }
    { 'durable' => new_resource.durable, 'auto_delete' => new_resource.auto_delete, 'arguments' => typed.merge(new_resource.arguments) }
  end

  def comparable(found)
    found.merge('arguments' => found['arguments'].reject { |key, value| key == 'x-queue-type' && value == 'classic' })
  end
end

action :create, description: 'Declare it. One that is there with other properties is an error' do
  found = broker.queue(new_resource.vhost, new_resource.queue)
  refuse_mismatch(comparable(found), wanted) if found
  refuse "there is no vhost #{new_resource.vhost}" unless broker.vhost(new_resource.vhost)
  converge_if_changed do
    broker.import('queues' => [{ 'vhost' => new_resource.vhost, 'name' => new_resource.queue, **wanted }])
  end
end

action :delete, description: 'Delete it with its messages' do
  if current_resource
    refuse 'holds messages: set with_data to delete them too' unless new_resource.with_data
    converge_by("delete queue #{new_resource.queue}") do
      broker.ctl('delete_queue', '--vhost', new_resource.vhost, new_resource.queue)
    end
  end
end
