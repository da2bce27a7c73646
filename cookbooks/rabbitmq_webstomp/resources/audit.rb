# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_audit
resource_name :rabbitmq_webstomp_audit

description 'The audit of this node: who logged in from where, what was subscribed, what was refused; into the journal and metrics'

property :user, String,
         name_property: true,
         regex: /\A[A-Za-z0-9][A-Za-z0-9_-]*\z/,
         description: 'Its log-in at the broker, one for each node. Its password is made at random on this machine and stays there'

property :queue, String,
         default: lazy { "hubblecast_audit.#{user}" },
         default_description: 'hubblecast_audit.USER',
         regex: /\A[A-Za-z0-9._-]+\z/,
         description: 'Queue of its own, in which the broker keeps the newest 50,000 entries (64 MiB) while the service is down'

property :vhost, String,
         default: '/',
         description: 'The broker\'s default vhost, in which it publishes its events and its log'

property :broker_address, String,
         default: 'amqp://127.0.0.1:5672',
         regex: %r{\Aamqps?://[A-Za-z0-9.-]+:\d+\z},
         description: 'amqp://HOST:PORT or amqps://HOST:PORT of this node'

property :ca, [String, nil],
         description: 'Certificates that the broker\'s is trusted by, as PEM, for amqps'

property :metrics_listener, String,
         default: '127.0.0.1:9809',
         regex: /\A([0-9.]+|\[[0-9a-f:]+\]):\d+\z/,
         description: 'IP:PORT of the metrics'

property :web_server_group, String,
         default: 'www-data',
         description: 'Group of nginx, which tells by a socket where clients come from'

action_class do
  include RabbitmqWebstomp::BrokerActions
  include RabbitmqWebstomp::AuditActions
end

action :create, description: 'Make its log-in, install it and start it' do
  package_modules
  account
  program
  secret_files
  broker_rights
  audit_unit
end

action :remove, description: 'Take it away with its log-in and its queue' do
  remove_service
  remove_files
  remove_rights
end
