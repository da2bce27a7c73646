# frozen_string_literal: true

module RabbitmqWebstomp
  # The steps of rabbitmq_webstomp_topology's action.
  module TopologyActions
    SUBSCRIPTIONS = '^stomp-subscription-'
    QUEUE_BYTES = 16 * 1024 * 1024

    def exchanges
      asked = new_resource
      declare_resource(:rabbitmq_webstomp_vhost, asked.vhost) do
        description_text "Flows of Cilium's Hubble"
        limits 'max-queues' => asked.max_queues
      end
      { Viewer::FLOWS => asked.exchange_type, Viewer::STATUS => 'topic' }.each do |name, kind|
        declare_resource(:rabbitmq_webstomp_exchange, name) do
          vhost asked.vhost
          type kind
        end
      end
    end

    # What a subscription may cost, whatever its owner asked for. The oldest batches go first. Nothing keeps a viewer from
    # making its queue a stream, which takes no limit from an operator policy and never expires: hence the policy.
    def bounds
      where = new_resource.vhost
      declare_resource(:rabbitmq_webstomp_operator_policy, 'hubble_subscriptions') do
        vhost where
        pattern SUBSCRIPTIONS
        definition 'max-length' => 20_000, 'max-length-bytes' => QUEUE_BYTES, 'message-ttl' => 60_000, 'expires' => 60_000
      end
      declare_resource(:rabbitmq_webstomp_policy, 'hubble_subscriptions') do
        vhost where
        pattern SUBSCRIPTIONS
        definition 'max-age' => '1m', 'max-length-bytes' => QUEUE_BYTES, 'stream-max-segment-size-bytes' => QUEUE_BYTES / 4
      end
    end

    def adapter(name, secret)
      where = new_resource.vhost
      both = [Viewer::FLOWS, Viewer::STATUS]
      pattern = "^(#{both.join('|')})$"
      declare_resource(:rabbitmq_webstomp_user, name) { password secret }
      declare_resource(:rabbitmq_webstomp_permissions, name) do
        vhost where
        configure pattern
        write pattern
        topics(both.to_h { |exchange| [exchange, { 'write' => '.*' }] })
      end
    end
  end
end
