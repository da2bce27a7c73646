# frozen_string_literal: true

property :policy, String, name_property: true, identity: true, desired_state: false, description: 'Its name'

property :pattern, String,
         description: 'Names that it applies to. Needed for :set'

property :definition, Hash,
         coerce: proc { |value| value.transform_keys(&:to_s).sort.to_h },
         description: 'Its keys and values. Needed for :set'

property :priority, Integer,
         default: 0,
         description: 'Of several policies that match, the highest applies, alone'

action_class do
  include RabbitmqWebstomp::BrokerActions
  include RabbitmqWebstomp::PolicyActions
end

action :set, description: 'Set it' do
  check_policy
  converge_if_changed { broker.import(policy_definitions) }
end

action :delete, description: 'Delete it' do
  clear_policy if current_resource
end
