# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_policy
resource_name :rabbitmq_webstomp_policy

description 'A policy: settings for all queues or exchanges whose name matches'

use 'partial/_vhost'
use 'partial/_policy'

property :apply_to, String,
         equal_to: %w(all queues classic_queues quorum_queues streams exchanges),
         default: 'queues',
         description: 'What it applies to. Kinds of queues are told apart from RabbitMQ 3.12 on'

load_current_value do |new_resource|
  found = RabbitmqWebstomp::Broker.of(new_resource.node).policy(new_resource.vhost, new_resource.policy)
  current_value_does_not_exist! unless found

  pattern found['pattern']
  definition found['definition']
  priority found['priority']
  apply_to found['apply-to']
end
