# frozen_string_literal: true

require 'spec_helper'

describe 'rabbitmq_webstomp_topology', :converge do
  def topology(**properties)
    properties = { adapters: { 'adapter' => 'random enough for a spec' } }.merge(properties)
    converge do
      rabbitmq_webstomp_topology 'hubble' do
        properties.each { |property, value| public_send(property, value) }
      end
    end
  end

  it 'declares the vhost, the exchanges and the bounds of subscriptions' do
    topology
    expect(tools.row('parameters', component: 'vhost-limits', vhost: 'hubble')['value']).to eq('max-queues' => 2_000)
    expect(tools.state['exchanges'].map { |row| row.values_at('vhost', 'name', 'type') })
      .to contain_exactly(%w(hubble hubble_flows topic), %w(hubble hubble_status topic))
    bounds = tools.row('parameters', component: 'operator_policy', name: 'hubble_subscriptions')['value']
    expect(bounds).to include('pattern' => '^stomp-subscription-', 'definition' => include('max-length' => 20_000, 'expires' => 60_000))
    expect(tools.row('policies', name: 'hubble_subscriptions')['definition']).to include('max-age' => '1m')
  end

  it 'lets adapters publish flows and statuses, and read nothing' do
    topology adapters: { 'blue' => 'random enough for a spec', 'green' => 'another random one' }
    %w(blue green).each do |name|
      expect(tools.row('permissions', user: name))
        .to include('vhost' => 'hubble', 'configure' => '^(hubble_flows|hubble_status)$', 'write' => '^(hubble_flows|hubble_status)$', 'read' => '^$')
      expect(tools.row('topic_permissions', user: name, exchange: 'hubble_flows')).to include('write' => '.*', 'read' => '^$')
    end
  end

  it 'asks the broker once for the state, and hands all of it over together, permissions last' do
    topology
    expect(tools.commands.count { |command| command.include?('export_definitions') }).to eq 1
    expect(tools.imports.length).to eq 2
    expect(tools.imports.last).to eq %w(permissions)
  end

  it 'changes nothing the second time' do
    topology
    before = tools.changes.length
    topology
    expect(tools.changes.length).to eq before
  end

  it 'sets what differs' do
    topology
    topology max_queues: 3_000, adapters: { 'adapter' => 'rotated and random' }
    expect(tools.row('parameters', component: 'vhost-limits', vhost: 'hubble')['value']).to eq('max-queues' => 3_000)
    expect(RabbitmqWebstomp::Password.match?('rotated and random', *tools.row('users', name: 'adapter').values_at('password_hash', 'hashing_algorithm')))
      .to be true
  end

  it 'hands nothing over where a part is refused, and does not take it for done' do
    expect { topology adapters: { 'adapter' => 'guest' } }.to raise_error(/password/)
    expect(tools.changes).to be_empty
    topology
    expect(tools.state['exchanges'].length).to eq 2
  end

  it 'takes nothing for a log-in but a name and a password' do
    expect { topology adapters: { 'adapter' => nil } }.to raise_error(/must be a Hash \{name => password\}/)
  end
end
