# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_stream
resource_name :rabbitmq_webstomp_stream

description 'A stream: a log of messages that is replayed from any point, with a copy on each node'

use 'partial/_vhost'

property :stream, String, name_property: true, identity: true, desired_state: false, description: 'Its name'

property :max_age, [String, nil],
         default: '1h',
         regex: /\A\d+[YMDhms]\z/,
         desired_state: false,
         description: 'What is older goes, in whole segments: a number and one of Y M D h m s; nil for no such limit'

property :max_length_bytes, Integer,
         default: 1024 * 1024 * 1024,
         callbacks: { 'must be above 0' => lambda(&:positive?) },
         desired_state: false,
         description: 'Bytes above which the oldest segments go'

property :max_segment_bytes, Integer,
         default: 32 * 1024 * 1024,
         callbacks: { 'must be above 0' => lambda(&:positive?) },
         desired_state: false,
         description: 'Bytes of a segment. A stream always keeps its last one, so small ones follow max_age more closely'

property :replica, [true, false],
         default: true,
         desired_state: false,
         description: 'Whether the node of this run holds a copy'

property :with_data, [true, false],
         default: false,
         desired_state: false,
         description: 'Must be true for :delete, which takes its messages with it'

action_class do
  include RabbitmqWebstomp::BrokerActions

  def declare
    broker_stream = new_resource
    rabbitmq_webstomp_queue broker_stream.stream do
      vhost broker_stream.vhost
      type 'stream'
    end
  end

  # By policy, not by arguments: those of a queue can never be changed.
  def limit
    broker_stream = new_resource
    rabbitmq_webstomp_policy "stream #{broker_stream.stream}" do
      vhost broker_stream.vhost
      pattern "^#{broker_stream.stream.gsub(/[^A-Za-z0-9_@-]/) { |sign| "\\#{sign}" }}$"
      apply_to 'queues'
      priority 10
      definition({ 'max-age' => broker_stream.max_age, 'max-length-bytes' => broker_stream.max_length_bytes,
                   'stream-max-segment-size-bytes' => broker_stream.max_segment_bytes }.compact)
    end
  end
end

action :create, description: 'Declare it, set its limits, and hold a copy on this node' do
  limit
  declare
  replicate [new_resource.stream] if new_resource.replica
end

action :delete, description: 'Delete it with its messages and its policy' do
  broker_stream = new_resource
  rabbitmq_webstomp_queue broker_stream.stream do
    vhost broker_stream.vhost
    with_data broker_stream.with_data
    action :delete
  end
  rabbitmq_webstomp_policy "stream #{broker_stream.stream}" do
    vhost broker_stream.vhost
    action :delete
  end
end
