# frozen_string_literal: true

attributes = node['rabbitmq_webstomp']
secrets = RabbitmqWebstomp::Secrets.new(node, attributes['secrets_path'], generate: attributes['generate_secrets'])
certificate = secrets.get('broker.crt')

if certificate
  rabbitmq_webstomp_certificate 'broker' do
    certificate certificate
    key secrets.fetch('broker.key')
    ca secrets.fetch('broker.ca.crt')
  end
end

rabbitmq_webstomp_node 'broker' do
  cookie secrets.fetch('rabbitmq.cookie')
  if certificate
    tls_certificate '/etc/rabbitmq/tls/broker.crt'
    tls_key '/etc/rabbitmq/tls/broker.key'
    tls_ca '/etc/rabbitmq/tls/broker.ca.crt'
  end
  attributes['node'].to_h.each { |name, value| public_send(name, value) }
end
