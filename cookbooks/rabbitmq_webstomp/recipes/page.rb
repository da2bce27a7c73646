# frozen_string_literal: true

attributes = node['rabbitmq_webstomp']
return unless attributes['page']['source']

secrets = RabbitmqWebstomp::Secrets.new(node, attributes['secrets_path'], generate: attributes['generate_secrets'])
certificate = secrets.get('page.crt')

if certificate
  rabbitmq_webstomp_certificate 'page' do
    certificate certificate
    key secrets.fetch('page.key')
  end
end

rabbitmq_webstomp_page 'hubblecast' do
  visitors RabbitmqWebstomp::AuditActions::SOCKET if attributes['audit']['enabled']
  if certificate
    tls_certificate '/etc/rabbitmq/tls/page.crt'
    tls_key '/etc/rabbitmq/tls/page.key'
  end
  attributes['page'].to_h.each { |name, value| public_send(name, value) }
end
