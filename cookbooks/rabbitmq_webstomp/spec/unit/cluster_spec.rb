# frozen_string_literal: true

require 'spec_helper'

describe 'rabbitmq_webstomp_member', :converge do
  before do
    tools.cluster = %w(rabbit@localhost rabbit@gone)
    tools.running = %w(rabbit@localhost)
  end

  def forget(name = 'rabbit@gone')
    converge { rabbitmq_webstomp_member(name) { action :forget } }
  end

  it 'forgets a stopped node after its copies' do
    tools.add('queues', vhost: 'hubble', name: 'hubble_history', durable: true, auto_delete: false, arguments: { 'x-queue-type' => 'stream' })
    tools.replicas['hubble_history'] = %w(rabbit@localhost rabbit@gone)
    forget
    expect(tools.changes.map { |command| command[2] }).to eq %w(eval shrink forget_cluster_node eval)
    expect(tools.changes.first.last).to include('delete_replica')
    expect(tools.changes.last.last).to include('ra:remove_member')
  end

  it 'does nothing for one that is none' do
    forget 'rabbit@never'
    expect(tools.changes).to be_empty
  end

  it 'refuses a node that runs' do
    tools.running = tools.cluster
    expect { forget }.to raise_error(/rabbit@gone runs: stop it first/)
    expect(tools.changes).to be_empty
  end

  it 'does nothing unless told' do
    converge { rabbitmq_webstomp_member 'rabbit@gone' }
    expect(tools.changes).to be_empty
  end

  it 'refuses what is no node\'s name' do
    expect { forget 'gone' }.to raise_error(Chef::Exceptions::ValidationFailed, /member/)
  end
end

describe 'rabbitmq_webstomp_feature_flags', :converge do
  def enable
    converge { rabbitmq_webstomp_feature_flags 'after the upgrade' }
  end

  it 'enables what is stable, and nothing the second time' do
    tools.flags = [{ name: 'a', state: 'disabled', stability: 'stable' }, { name: 'b', state: 'disabled', stability: 'experimental' }]
    enable
    expect(tools.changes.map { |command| command.last(2) }).to eq [%w(enable_feature_flag all)]
    tools.flags = [{ name: 'a', state: 'enabled', stability: 'stable' }, { name: 'b', state: 'disabled', stability: 'experimental' }]
    enable
    expect(tools.changes.length).to eq 1
  end

  it 'refuses while a node is down' do
    tools.flags = [{ name: 'a', state: 'disabled', stability: 'stable' }]
    tools.cluster = %w(rabbit@localhost rabbit@b)
    tools.running = %w(rabbit@localhost)
    expect { enable }.to raise_error(/rabbit@b is down: feature flags need every node/)
  end
end
