# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_vhost
resource_name :rabbitmq_webstomp_vhost

description 'A virtual host and its limits'

property :vhost, String, name_property: true, identity: true, desired_state: false, description: 'Its name'

property :description_text, String,
         default: '',
         description: 'A line for people'

property :tags, Array,
         default: [],
         coerce: proc { |value| Array(value).map(&:to_s).sort },
         description: 'Words for people and tools'

property :limits, Hash,
         default: {},
         coerce: proc { |value| value.transform_keys(&:to_s) },
         callbacks: {
           'may hold max-connections and max-queues, as whole numbers; -1 means none' => lambda { |value|
             (value.keys - %w(max-connections max-queues)).empty? && value.values.all?(Integer)
           },
         },
         description: 'max-connections and max-queues. A limit that is not here is taken away'

property :with_data, [true, false],
         default: false,
         desired_state: false,
         description: 'Must be true for :delete, which takes all queues and streams of the vhost with it'

load_current_value do |new_resource|
  found = RabbitmqWebstomp::Broker.of(new_resource.node).vhost(new_resource.vhost)
  current_value_does_not_exist! unless found

  description_text found['metadata']['description'].to_s
  tags Array(found['metadata']['tags'])
  limits found['limits']
end

action_class do
  include RabbitmqWebstomp::BrokerActions

  def declaration
    metadata = { 'description' => new_resource.description_text, 'tags' => new_resource.tags }
    { 'vhosts' => [{ 'name' => new_resource.vhost, 'metadata' => metadata, **metadata }] }
  end

  def limits_parameter
    { 'parameters' => [{ 'vhost' => new_resource.vhost, 'component' => 'vhost-limits', 'name' => 'limits', 'value' => new_resource.limits }] }
  end
end

action :create, description: 'Declare it, and set what it says of itself and its limits' do
  converge_if_changed do
    broker.import(declaration.merge(new_resource.limits.empty? ? {} : limits_parameter))
    if new_resource.limits.empty? && current_resource && !current_resource.limits.empty?
      broker.ctl('clear_vhost_limits', '--vhost', new_resource.vhost)
    end
  end
end

action :delete, description: 'Delete it with all that is in it' do
  if current_resource
    refuse "vhost #{new_resource.vhost} holds queues and streams: set with_data to delete them too" unless new_resource.with_data
    converge_by("delete vhost #{new_resource.vhost}") { broker.ctl('delete_vhost', new_resource.vhost) }
  end
end
