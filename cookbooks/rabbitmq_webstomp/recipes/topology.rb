# frozen_string_literal: true

attributes = node['rabbitmq_webstomp']
secrets = RabbitmqWebstomp::Secrets.new(node, attributes['secrets_path'], generate: attributes['generate_secrets'])

rabbitmq_webstomp_topology 'hubble' do
  exchange_type attributes['exchange_type']
  max_queues attributes['max_queues']
  adapters(attributes['adapters'].to_h { |name| [name, secrets.fetch("#{name}.password")] })
end
