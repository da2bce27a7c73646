# frozen_string_literal: true

attributes = node['rabbitmq_webstomp']
secrets = RabbitmqWebstomp::Secrets.new(node, attributes['secrets_path'], generate: attributes['generate_secrets'])

attributes['viewers'].each do |name, properties|
  rabbitmq_webstomp_viewer name do
    password secrets.fetch("#{name}.password")
    properties.to_h.each { |property, value| public_send(property, value) }
  end
end

attributes['removed_viewers'].each do |name|
  rabbitmq_webstomp_viewer name do
    action :remove
  end
end
