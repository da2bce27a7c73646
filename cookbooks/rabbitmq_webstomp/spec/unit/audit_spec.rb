# frozen_string_literal: true

require 'spec_helper'

describe 'rabbitmq_webstomp_audit', :converge do
  before do
    tools.add('vhosts', name: '/')
    File.write(path('rabbitmq-env.conf'), "NODENAME='rabbit@rmq1'\n")
  end

  def audit(**properties)
    converge do
      rabbitmq_webstomp_audit 'audit-rmq1' do
        properties.each { |name, value| public_send(name, value) }
      end
    end
  end

  # What a run leaves on disk for the next.
  def keep(run)
    FileUtils.mkdir_p(path('audit'))
    File.write(path('audit', 'password'), run.file(path('audit', 'password')).content)
  end

  it 'makes a log-in of its own that reads events and log, and nothing else' do
    run = audit
    own = 'hubblecast_audit\.audit-rmq1'
    expect(tools.row('permissions', user: 'audit-rmq1', vhost: '/'))
      .to include('configure' => "^#{own}$", 'write' => "^#{own}$", 'read' => "^(?:#{own}|amq\\.rabbitmq\\.(?:event|log))$")
    expect(tools.row('users', name: 'audit-rmq1')['tags']).to eq []
    expect(run).to create_file(path('audit', 'password')).with(group: 'hubblecast-audit', mode: '0640', sensitive: true, content: /\A\h{64}\z/)
  end

  it 'installs the program and its unit, without a secret on a command line' do
    run = audit
    expect(run).to install_package(%w(python3 python3-pika python3-prometheus-client))
    expect(run).to create_remote_directory('/opt/hubblecast-audit/hubblecast_audit').with(purge: true, files_mode: '0644')
    expect(run).to render_file('/etc/systemd/system/hubblecast-audit.service').with_content { |text|
      expect(text).to include('--node rabbit@rmq1 --url amqp://audit-rmq1@127.0.0.1:5672/%%2f --password-file',
                              '--queue hubblecast_audit.audit-rmq1', '--visitors /run/hubblecast-audit/visitors.sock --visitors-group www-data',
                              '--metrics 127.0.0.1:9809', 'NoNewPrivileges=yes', 'SupplementaryGroups=www-data')
      expect(text).not_to include(run.file(path('audit', 'password')).content)
    }
    expect(run).to enable_service('hubblecast-audit')
    expect(run).to start_service('hubblecast-audit')
    expect(run.template('/etc/systemd/system/hubblecast-audit.service')).to notify('execute[systemd reads the audit anew]').to(:run).immediately
  end

  it 'keeps its password' do
    run = audit
    keep(run)
    before = tools.changes.length
    expect(audit.file(path('audit', 'password')).content).to eq run.file(path('audit', 'password')).content
    expect(tools.changes.length).to eq before
  end

  it 'reaches a broker that takes TLS only' do
    run = audit(broker_address: 'amqps://rmq1:5671', ca: 'PEM')
    expect(run).to create_file(path('audit', 'ca.crt')).with(content: 'PEM')
    expect(run).to render_file('/etc/systemd/system/hubblecast-audit.service')
      .with_content(%r{--url amqps://audit-rmq1@rmq1:5671/%%2f .*--ca \S+/audit/ca.crt})
  end

  it 'takes all of it away' do
    keep(audit)
    tools.add('queues', vhost: '/', name: 'hubblecast_audit.audit-rmq1', durable: true, auto_delete: false, arguments: {})
    run = audit(action: :remove)
    expect(tools.state.values_at('users', 'permissions', 'queues')).to all(be_empty)
    expect(run).to stop_service('hubblecast-audit')
    expect(run).to delete_file('/etc/systemd/system/hubblecast-audit.service')
    expect(run).to delete_directory('/opt/hubblecast-audit')
    expect(run).to remove_user('hubblecast-audit')
  end

  { broker_address: '127.0.0.1', metrics_listener: '9809', queue: 'a b' }.each do |name, value|
    it "refuses #{name} #{value.inspect}" do
      expect { audit(**{ name => value }) }.to raise_error(Chef::Exceptions::ValidationFailed, /#{name}/)
    end
  end
end
