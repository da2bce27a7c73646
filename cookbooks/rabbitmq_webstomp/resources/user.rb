# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_user
resource_name :rabbitmq_webstomp_user

description 'A user of the broker: password, tags and limits. Its rights are rabbitmq_webstomp_permissions'

property :user, String, name_property: true, identity: true, desired_state: false, description: 'Its name'

property :password, String,
         sensitive: true,
         description: 'Compared with the broker\'s hash, so another one takes effect and the same one changes nothing'

property :password_hash, String,
         sensitive: true,
         description: 'Instead of the password, as `rabbitmqctl hash_password` makes it (salted SHA-256)'

property :tags, Array,
         default: [],
         coerce: proc { |value| Array(value).map(&:to_s).sort },
         description: 'administrator, monitoring, policymaker, management, or words of your own'

property :limits, Hash,
         default: {},
         coerce: proc { |value| value.transform_keys(&:to_s) },
         callbacks: {
           'may hold max-connections and max-channels, as whole numbers; -1 means none' => lambda { |value|
             (value.keys - %w(max-connections max-channels)).empty? && value.values.all?(Integer)
           },
         },
         description: 'max-connections and max-channels. A limit that is not here is taken away'

load_current_value do |new_resource|
  found = RabbitmqWebstomp::Broker.of(new_resource.node).user(new_resource.user)
  current_value_does_not_exist! unless found

  stored = found['password_hash']
  matches = new_resource.password && RabbitmqWebstomp::Password.match?(new_resource.password, stored, found['hashing_algorithm'])
  password new_resource.password if matches
  password_hash stored
  tags found['tags'].sort
  limits found['limits']
end

action_class do
  include RabbitmqWebstomp::BrokerActions

  def check_password
    refuse 'give password or password_hash, not both' if new_resource.password && new_resource.password_hash
    refuse 'a new user needs password or password_hash' unless current_resource || new_resource.password || new_resource.password_hash
    fault = new_resource.password && RabbitmqWebstomp::Password.fault(new_resource.password, new_resource.user)
    refuse "password #{fault}" if fault
  end

  def stored_hash
    kept = { 'password_hash' => current_resource&.password_hash,
             'hashing_algorithm' => broker.user(new_resource.user)&.fetch('hashing_algorithm', nil) }
    return kept if new_resource.password && current_resource&.password == new_resource.password
    return kept unless new_resource.password || new_resource.password_hash

    { 'password_hash' => new_resource.password_hash || RabbitmqWebstomp::Password.hash(new_resource.password),
      'hashing_algorithm' => RabbitmqWebstomp::Password::ALGORITHM }
  end
end

action :create, description: 'Create it, and set what differs' do
  check_password
  converge_if_changed do
    broker.import('users' => [{ 'name' => new_resource.user, **stored_hash, 'tags' => new_resource.tags,
                                'limits' => new_resource.limits }])
    # An import adds limits and takes none away.
    ((current_resource&.limits || {}).keys - new_resource.limits.keys).each do |limit|
      broker.ctl('clear_user_limits', new_resource.user, limit)
    end
  end
end

action :delete, description: 'Delete it with its permissions' do
  if current_resource
    converge_by("delete user #{new_resource.user}") { broker.ctl('delete_user', new_resource.user) }
  end
end
