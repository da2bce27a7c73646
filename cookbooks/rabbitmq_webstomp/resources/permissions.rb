# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_permissions
resource_name :rabbitmq_webstomp_permissions

description 'What a user may do in a vhost, down to the routing keys of topic exchanges'

use 'partial/_vhost'

property :user, String, name_property: true, identity: true, desired_state: false, description: 'Whose'

property :configure, String, default: '^$', description: 'Pattern of the names that it may declare and delete'
property :write, String, default: '^$', description: 'Pattern of the names that it may publish to'
property :read, String, default: '^$', description: 'Pattern of the names that it may read from'

property :topics, Hash,
         default: {},
         coerce: proc { |value|
           value.to_h { |exchange, rights| [exchange.to_s, { 'write' => '^$', 'read' => '^$' }.merge(rights.transform_keys(&:to_s))] }.sort.to_h
         },
         callbacks: {
           'must be a Hash {exchange => {"write" => pattern, "read" => pattern}}' => lambda { |value|
             value.values.all? { |rights| rights.keys.sort == %w(read write) && rights.values.all?(String) }
           },
         },
         description: 'By topic exchange: patterns of the keys to publish with (write) and to bind with (read). Whole: ' \
                      'what is not here is taken away. An exchange without an entry is open for every key'

load_current_value do |new_resource|
  broker = RabbitmqWebstomp::Broker.of(new_resource.node)
  found = broker.permissions(new_resource.user, new_resource.vhost)
  rights = broker.topic_permissions(new_resource.user, new_resource.vhost)
  current_value_does_not_exist! unless found || !rights.empty?

  configure found.to_h.fetch('configure', '')
  write found.to_h.fetch('write', '')
  read found.to_h.fetch('read', '')
  topics rights
end

action_class do
  include RabbitmqWebstomp::BrokerActions

  def where
    { 'user' => new_resource.user, 'vhost' => new_resource.vhost }
  end

  def check_patterns
    patterns = { 'configure' => new_resource.configure, 'write' => new_resource.write, 'read' => new_resource.read }
    new_resource.topics.each do |exchange, rights|
      rights.each { |right, pattern| patterns["topics #{exchange} #{right}"] = pattern }
    end
    refuse(patterns.filter_map { |name, pattern| (fault = RabbitmqWebstomp::Checks.pattern_fault(pattern)) && "#{name} #{fault}" })
    refuse "there is no user #{new_resource.user}" unless broker.user(new_resource.user)
  end

  def take_away(exchange)
    broker.ctl('clear_topic_permissions', '--vhost', new_resource.vhost, new_resource.user, exchange)
  end
end

action :set, description: 'Give exactly these rights' do
  check_patterns
  converge_if_changed do
    # The topics first: without them a user that may read an exchange may read all of it.
    broker.import('topic_permissions' => new_resource.topics.map { |exchange, rights| where.merge('exchange' => exchange, **rights) })
    broker.import('permissions' => [where.merge('configure' => new_resource.configure, 'write' => new_resource.write,
                                                'read' => new_resource.read)])
    (broker.topic_permissions(new_resource.user, new_resource.vhost).keys - new_resource.topics.keys).each { |exchange| take_away(exchange) }
  end
end

action :clear, description: 'Take all rights in the vhost away' do
  if current_resource
    converge_by("take all rights of #{new_resource.user} in #{new_resource.vhost} away") do
      broker.ctl('clear_permissions', '--vhost', new_resource.vhost, new_resource.user)
      broker.ctl('clear_topic_permissions', '--vhost', new_resource.vhost, new_resource.user)
    end
  end
end
