# frozen_string_literal: true

require 'spec_helper'

describe 'rabbitmq_webstomp_viewer', :converge do
  before do
    tools.add('vhosts', name: 'hubble')
    %w(hubble_flows hubble_status).each do |name|
      tools.add('exchanges', vhost: 'hubble', name: name, type: 'topic', durable: true, auto_delete: false, arguments: {})
    end
  end

  def viewer(name = 'shop', **properties)
    properties = { password: 'random enough for a spec', namespaces: %w(pay shop) }.merge(properties)
    converge do
      rabbitmq_webstomp_viewer name do
        properties.each { |property, value| public_send(property, value) }
      end
    end
  end

  def streams
    tools.state['queues'].map { |row| row['name'] }
  end

  it 'gives exactly the rights of docs/viewers.md' do
    viewer
    queue = 'stomp-subscription-shop\.[0-9a-f]{2}'
    word = '(?:\*|[A-Za-z0-9_-]{1,63})'
    expect(tools.row('permissions', user: 'shop')).to include(
      'configure' => "^#{queue}$", 'write' => "^#{queue}$",
      'read' => "^(?:#{queue}|hubble_flows|hubble_status|hubble_history\\.pay|hubble_history\\.shop|hubble_status_history|hubble_viewer\\.shop)$"
    )
    expect(tools.row('topic_permissions', user: 'shop', exchange: 'hubble_flows'))
      .to include('write' => '^$', 'read' => "^#{word}\\.#{word}\\.(?:(?:pay|shop)\\.#{word}|#{word}\\.(?:pay|shop))$")
    expect(tools.row('topic_permissions', user: 'shop', exchange: 'hubble_status')).to include('write' => '^$', 'read' => "^(?:#|#{word}\\.#{word})$")
    expect(tools.row('users', name: 'shop')).to include('tags' => [], 'limits' => { 'max-connections' => 64, 'max-channels' => 128 })
  end

  it 'makes the streams of the past with their bindings, and tells the page' do
    viewer
    expect(streams).to contain_exactly('hubble_history.pay', 'hubble_history.shop', 'hubble_status_history', 'hubble_viewer.shop')
    expect(tools.state['bindings'].select { |row| row['destination'] == 'hubble_history.shop' }.map { |row| row['routing_key'] })
      .to contain_exactly('*.*.shop.*', '*.*.*.shop')
    expect(JSON.parse(tools.documents['hubble_viewer.shop'])).to eq(
      'v' => 1, 'user' => 'shop', 'namespaces' => %w(pay shop), 'clusters' => nil, 'queue' => 'stomp-subscription-shop.',
      'flows' => ['*.*.pay.*', '*.*.*.pay', '*.*.shop.*', '*.*.*.shop'], 'status' => ['#'],
      'history' => ['hubble_history.pay', 'hubble_history.shop'], 'status_history' => ['hubble_status_history']
    )
  end

  it 'lets it in from this machine alone, now and after a boot' do
    run = viewer
    expect(tools.loopback).to eq %w(guest shop)
    expect(run).to create_file(path('conf.d', 'viewer_shop.conf')).with(content: /^loopback_users.shop = true$/)
  end

  it 'gives the permissions after the topics' do
    viewer
    expect(tools.imports.index { |keys| keys.include?('permissions') }).to be > tools.imports.index { |keys| keys.include?('topic_permissions') }
  end

  it 'changes nothing the second time' do
    viewer
    before = tools.changes.length
    viewer
    expect(tools.changes.length).to eq before
  end

  it 'narrows rights before it ends connections, and then drops what nobody reads any more' do
    viewer
    viewer 'other', namespaces: %w(shop), password: 'another random one'
    viewer namespaces: []
    commands = tools.changes.map { |command| command.join(' ') }
    expect(commands.index { |command| command.include?('close_all_user_connections shop') })
      .to be < commands.index { |command| command.include?('delete_queue --vhost hubble hubble_history.pay') }
    # In RabbitMQ 3.10 that command leaves the pages open.
    expect(commands.index { |command| command.include?('amqp_direct_connection:server_close') })
      .to be > commands.index { |command| command.include?('close_all_user_connections shop') }
    expect(streams).to include('hubble_history.shop')
    expect(streams).not_to include('hubble_history.pay')
    expect(tools.row('topic_permissions', user: 'shop', exchange: 'hubble_flows')['read']).to eq '^$'
  end

  it 'ends no connection when only the password changes' do
    viewer
    viewer password: 'rotated and random'
    expect(tools.changes.join(' ')).not_to include('close_all_user_connections')
  end

  it 'takes all of it away' do
    viewer
    run = viewer(action: :remove)
    expect(tools.state.values_at('users', 'permissions', 'topic_permissions', 'queues', 'policies')).to all(be_empty)
    expect(tools.loopback).to eq %w(guest)
    expect(run).to delete_file(path('conf.d', 'viewer_shop.conf'))
    before = tools.changes.length
    viewer(action: :remove)
    expect(tools.changes.length).to eq before
  end

  it 'refuses names that the broker could not keep apart' do
    expect { viewer('shop.x', namespaces: ['a.b', '#', '_world'], clusters: ['c*']) }
      .to raise_error(/its name must be.*"a.b" is no name.*"#" is no name.*"_world" is no name.*clusters: "c\*"/m)
    expect(tools.changes).to be_empty
  end

  it 'refuses less than everything on a fanout exchange' do
    tools.row('exchanges', name: 'hubble_flows')['type'] = 'fanout'
    expect { viewer }.to raise_error(/is of type fanout, on which a viewer sees everything/)
    expect { viewer namespaces: 'all' }.not_to raise_error
  end

  it 'asks for namespaces: nobody sees everything by default' do
    expect { converge { rabbitmq_webstomp_viewer('noc') { password 'random enough for a spec' } } }
      .to raise_error(Chef::Exceptions::ValidationFailed, /namespaces/)
  end

  it 'makes the same rights as the demo for every kind of viewer' do
    word = '(?:\*|[A-Za-z0-9_-]{1,63})'
    {
      [nil, nil] => ["^(?:#|#{word}\\.(?:#|#{word}\\.#{word}\\.#{word}))$", ['#'], ['hubble_history']],
      [nil, %w(a b)] => ["^(?:a|b)\\.(?:#|#{word}\\.#{word}\\.#{word})$", ['a.#', 'b.#'], ['hubble_history.@a', 'hubble_history.@b']],
      [%w(shop), %w(a)] => ["^(?:a)\\.#{word}\\.(?:(?:shop)\\.#{word}|#{word}\\.(?:shop))$", ['a.*.shop.*', 'a.*.*.shop'], ['hubble_history.shop@a']],
      [[], nil] => ['^$', [], []],
    }.each do |(namespaces, clusters), (read, bindings, history)|
      one = RabbitmqWebstomp::Viewer.new('v', namespaces, clusters, true)
      document = JSON.parse(one.document)
      expect([one.topics['hubble_flows']['read'], document['flows'], document['history']]).to eq [read, bindings, history]
    end
  end
end
