# frozen_string_literal: true

attributes = node['rabbitmq_webstomp']
secrets = RabbitmqWebstomp::Secrets.new(node, attributes['secrets_path'], generate: attributes['generate_secrets'])

rabbitmq_webstomp_vhost 'hubble' do
  description_text "Flows of Cilium's Hubble"
  limits 'max-queues' => attributes['max_queues']
end

rabbitmq_webstomp_exchange 'hubble_flows' do
  type attributes['exchange_type']
end

rabbitmq_webstomp_exchange 'hubble_status'

# What a subscription may cost, whatever its owner asked for. The oldest batches go first.
rabbitmq_webstomp_operator_policy 'hubble_subscriptions' do
  pattern '^stomp-subscription-'
  definition 'max-length' => 20_000, 'max-length-bytes' => 16 * 1024 * 1024, 'message-ttl' => 60_000, 'expires' => 60_000
end

# Nothing keeps a viewer from making its queue a stream, which takes no limit from an operator policy and never expires.
rabbitmq_webstomp_policy 'hubble_subscriptions' do
  pattern '^stomp-subscription-'
  definition 'max-age' => '1m', 'max-length-bytes' => 16 * 1024 * 1024, 'stream-max-segment-size-bytes' => 4 * 1024 * 1024
end

attributes['adapters'].each do |name|
  rabbitmq_webstomp_user name do
    password secrets.fetch("#{name}.password")
  end

  rabbitmq_webstomp_permissions name do
    configure '^(hubble_flows|hubble_status)$'
    write '^(hubble_flows|hubble_status)$'
    topics 'hubble_flows' => { 'write' => '.*' }, 'hubble_status' => { 'write' => '.*' }
  end
end
