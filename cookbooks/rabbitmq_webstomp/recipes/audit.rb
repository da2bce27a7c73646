# frozen_string_literal: true

attributes = node['rabbitmq_webstomp']
settings = attributes['audit'].to_h
return unless settings.delete('enabled')

secrets = RabbitmqWebstomp::Secrets.new(node, attributes['secrets_path'], generate: attributes['generate_secrets'])
authority = secrets.get('broker.ca.crt')
# A broker that takes AMQP with TLS only is reached that way.
tls_only = authority && attributes['node'].to_h['amqp_listeners']&.empty?

rabbitmq_webstomp_audit "audit-#{node['hostname']}" do
  if tls_only
    broker_address "amqps://#{node['hostname']}:5671"
    ca authority
  end
  settings.each { |name, value| public_send(name, value) }
end
