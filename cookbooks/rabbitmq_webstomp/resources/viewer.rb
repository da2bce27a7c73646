# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_viewer
resource_name :rabbitmq_webstomp_viewer

description 'Somebody who sees flows in the page: the log-in, the exact rights, the streams of the past, the limits'

use 'partial/_vhost'

property :viewer, String, name_property: true, identity: true, description: 'Name of the log-in'
property :password, String, sensitive: true, description: 'Its password; random ones only'
property :password_hash, String, sensitive: true, description: 'Instead of the password: salted SHA-256'

property :namespaces, [Array, String],
         required: [:create],
         coerce: proc { |value| value.respond_to?(:to_ary) ? value.map(&:to_s).uniq : value.to_s },
         callbacks: { 'must be an Array of namespaces, or `all`' => ->(value) { value.is_a?(Array) || value == 'all' } },
         description: 'Kubernetes namespaces whose flows, in both directions, it sees; `all` for every flow'

property :clusters, [Array, String],
         default: 'all',
         coerce: proc { |value| value.respond_to?(:to_ary) ? value.map(&:to_s).uniq : value.to_s },
         callbacks: { 'must be an Array of clusters, or `all`' => ->(value) { value.is_a?(Array) || value == 'all' } },
         description: 'Clusters whose flows and statuses it sees; `all` for every one'

property :history, [true, false], default: true, description: 'Whether it sees the past too'
property :max_connections, Integer, default: 64, description: 'Connections at a time; a tab uses up to 3'
property :max_channels, Integer, default: 128, description: 'Channels at a time; a connection of the page holds 1'

action_class do
  include RabbitmqWebstomp::BrokerActions
  include RabbitmqWebstomp::ViewerActions
end

action :create, description: 'Make it, or bring it to exactly this' do
  check_viewer
  before = broker.permissions(viewer.name, new_resource.vhost)
  topics_before = broker.topic_permissions(viewer.name, new_resource.vhost)
  keep_to_this_machine
  broker.batch do
    streams
    login
    rights
  end
  replicate [*viewer.streams, viewer.document_stream].map(&:name)
  document
  end_connections if before && (before['read'] != viewer.read || topics_before != viewer.topics)
  drop_unread(RabbitmqWebstomp::Viewer.streams_in(before && before['read']))
end

action :remove, description: 'Take it away with its rights, its open pages, and the streams that nobody else reads' do
  remove_viewer
end
