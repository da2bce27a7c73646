# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_feature_flags
resource_name :rabbitmq_webstomp_feature_flags

description 'What an upgraded broker may only do once all nodes are upgraded. Needed before the next upgrade; there is no way back'

action_class do
  include RabbitmqWebstomp::BrokerActions
end

action :enable, description: 'Enable all stable ones, once every node runs' do
  cluster = broker.cluster
  disabled = cluster.fetch('feature_flags').select { |flag| flag['state'] == 'disabled' && flag['stability'] != 'experimental' }
                                           .map { |flag| flag['name'] }
  unless disabled.empty?
    down = cluster.fetch('disk_nodes') - cluster.fetch('running_nodes')
    refuse "#{down.join(', ')} is down: feature flags need every node" unless down.empty?
    converge_by("enable the feature flags #{disabled.join(', ')}") { broker.ctl('enable_feature_flag', 'all', timeout: 300) }
  end
end
