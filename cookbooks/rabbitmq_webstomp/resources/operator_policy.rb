# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_operator_policy
resource_name :rabbitmq_webstomp_operator_policy

description 'An operator policy: limits that hold above what users and policies ask for'

use 'partial/_vhost'
use 'partial/_policy'

property :apply_to, String,
         equal_to: %w(queues classic_queues quorum_queues streams),
         default: 'queues',
         description: 'What it applies to. Kinds of queues are told apart from RabbitMQ 3.12 on'

load_current_value do |new_resource|
  found = RabbitmqWebstomp::Broker.of(new_resource.node).operator_policy(new_resource.vhost, new_resource.policy)
  current_value_does_not_exist! unless found

  pattern found['pattern']
  definition found['definition']
  priority found['priority']
  apply_to found['apply-to']
end
