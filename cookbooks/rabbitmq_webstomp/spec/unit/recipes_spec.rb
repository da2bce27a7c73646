# frozen_string_literal: true

require 'spec_helper'

describe 'recipes' do
  def run(attributes = {}, secrets: { 'rabbitmq.cookie' => Converge::COOKIE, 'adapter.password' => 'p', 'shop.password' => 'q' })
    ChefSpec::SoloRunner.new(platform: 'debian', version: '12') do |node|
      node.override['rabbitmq_webstomp'] = attributes
      node.override['rabbitmq_webstomp']['secrets_path'] = '/nowhere'
      node.run_state['hubblecast_secrets'] = secrets
    end.converge('rabbitmq_webstomp')
  end

  it 'maps attributes to properties' do
    chef = run({ 'node' => { 'peers' => %w(a b c), 'settings' => { 'heartbeat' => 30 } }, 'viewers' => { 'shop' => { 'namespaces' => %w(shop) } },
                 'removed_viewers' => %w(gone),
                 'page' => { 'source' => '/srv/page.tar.gz', 'sha256' => 'a' * 64, 'version' => '1', 'insecure' => true } })
    expect(chef).to create_rabbitmq_webstomp_node('broker').with(peers: %w(a b c), settings: { 'heartbeat' => 30 }, cookie: Converge::COOKIE)
    expect(chef).to create_rabbitmq_webstomp_topology('hubble').with(exchange_type: 'topic', max_queues: 2_000, adapters: { 'adapter' => 'p' })
    expect(chef).to create_rabbitmq_webstomp_viewer('shop').with(namespaces: %w(shop), password: 'q')
    expect(chef).to remove_rabbitmq_webstomp_viewer('gone')
    expect(chef).to create_rabbitmq_webstomp_page('hubblecast').with(version: '1')
  end

  it 'audits each node, and lets nginx tell it who comes' do
    page = { 'source' => '/srv/page.tar.gz', 'sha256' => 'a' * 64, 'version' => '1', 'insecure' => true }
    chef = run({ 'page' => page, 'audit' => { 'enabled' => true, 'metrics_listener' => '127.0.0.1:9999' } })
    name = "audit-#{chef.node['hostname']}"
    expect(chef).to create_rabbitmq_webstomp_audit(name).with(broker_address: 'amqp://127.0.0.1:5672', metrics_listener: '127.0.0.1:9999')
    expect(chef).to create_rabbitmq_webstomp_page('hubblecast').with(visitors: '/run/hubblecast-audit/visitors.sock')
    chef = run({ 'page' => page, 'audit' => { 'enabled' => false } })
    expect(chef).not_to create_rabbitmq_webstomp_audit(name)
    expect(chef).to create_rabbitmq_webstomp_page('hubblecast').with(visitors: nil)
  end

  it 'audits a broker without plain AMQP by TLS' do
    secrets = { 'rabbitmq.cookie' => Converge::COOKIE, 'adapter.password' => 'p', 'broker.crt' => 'crt', 'broker.key' => 'key', 'broker.ca.crt' => 'ca' }
    chef = run({ 'node' => { 'amqp_listeners' => [] } }, secrets: secrets)
    host = chef.node['hostname']
    expect(chef).to create_rabbitmq_webstomp_audit("audit-#{host}").with(broker_address: "amqps://#{host}:5671", ca: 'ca')
  end

  it 'serves no page without a source' do
    expect(run).not_to create_rabbitmq_webstomp_page('hubblecast')
  end

  it 'says which secret is missing and where it would be' do
    expect { run({}, secrets: {}) }.to raise_error(/no secret rabbitmq.cookie: set node.run_state\['hubblecast_secrets'\]/)
  end
end
