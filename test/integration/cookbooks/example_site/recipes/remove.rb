# frozen_string_literal: true

hubble_adapter 'adapter' do
  action :remove
end

rabbitmq_webstomp_page 'hubblecast' do
  source 'none'
  sha256 '0' * 64
  version 'none'
  action :remove
end

rabbitmq_webstomp_audit "audit-#{node['hostname']}" do
  action :remove
end
