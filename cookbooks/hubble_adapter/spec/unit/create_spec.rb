# frozen_string_literal: true

require_relative '../spec_helper'

%w(12 13).each do |debian|
  describe "hubble_adapter on Debian #{debian}" do
    include Sandbox
    include Converging

    platform 'debian', debian
    step_into :hubble_adapter

    context 'on a bare machine' do
      subject(:run) { adapter(**complete) }

      it 'makes the account and its folders' do
        expect(run).to create_group('hubble-adapter').with(system: true)
        expect(run).to create_user('hubble-adapter').with(system: true, shell: '/usr/sbin/nologin', manage_home: false)
        expect(run).to create_directory(path('etc')).with(owner: 'root', group: 'hubble-adapter', mode: '0750')
        expect(run).to create_directory(path('var')).with(owner: 'hubble-adapter', mode: '0700')
        expect(run).to create_directory(path('opt/releases')).with(owner: 'root', mode: '0755')
      end

      it 'installs the modules from Debian' do
        expect(run).to install_package(%w(python3 python3-grpcio python3-pika python3-prometheus-client python3-protobuf python3-yaml))
          .with(options: ['--no-install-recommends'])
      end

      it 'fetches the release by checksum and makes it current' do
        run
        archive = File.join(Chef::Config[:file_cache_path], 'hubble-adapter-1.0.0.tar.gz')
        expect(run).to create_remote_file(archive).with(source: ['file:///srv/hubble-adapter-1.0.0.tar.gz'], checksum: Sandbox::SHA256)
        expect(run).to delete_file(archive)
        expect(current).to eq('releases/1.0.0')
      end

      it 'writes the whole configuration' do
        expect(run).to create_template(path('etc/config.yaml')).with(owner: 'root', group: 'hubble-adapter', mode: '0640')
        expect(run).to render_file(path('etc/config.yaml')).with_content(<<~YAML)
          # Managed by Chef: what is changed here by hand does not last.
          hubble:
            address: relay.example.org:4245
          rabbitmq:
            password_file: "/etc/hubble-adapter/rabbitmq.password"
            url: amqp://adapter@broker.example.org/hubble
        YAML
      end

      it 'writes the secret for root and the service, and shows it to nobody' do
        expect(run).to create_file(path('etc/rabbitmq.password'))
          .with(content: 'old', owner: 'root', group: 'hubble-adapter', mode: '0640', sensitive: true)
      end

      it 'installs the unit of the release as it is, and starts the service' do
        expect(run).to create_file(path('systemd/hubble-adapter.service')).with(content: "unit of 1.0.0\n")
        expect(run.file(path('systemd/hubble-adapter.service'))).to notify('execute[systemctl daemon-reload]').to(:run).immediately
        expect(run).to delete_file(path('systemd/hubble-adapter.service.d/site.conf'))
        expect(run).to enable_service('hubble-adapter')
        expect(run).to start_service('hubble-adapter')
      end
    end

    context 'when nothing changes' do
      before { set_up }

      it 'neither fetches nor checks nor restarts' do
        expect_any_instance_of(HubbleAdapter::Configuration).not_to receive(:problems)
        run = adapter(**complete)
        expect(run).not_to create_remote_file(/./)
        expect(run).not_to restart_service(/hubble-adapter/)
        expect(run).not_to reload_service(/hubble-adapter/)
        expect(current).to eq('releases/1.0.0')
      end

      it 'takes the order of settings for no change' do
        run = adapter(**complete(config: Sandbox::CONFIG.to_a.reverse.to_h))
        expect(run).not_to reload_service(/hubble-adapter/)
      end
    end
  end
end

describe 'hubble_adapter that changes' do
  include Sandbox
  include Converging

  platform 'debian', '12'
  step_into :hubble_adapter

  before { set_up }

  def config(**more)
    Sandbox::CONFIG.merge(more.transform_keys(&:to_s))
  end

  it 'reloads for a setting that is live' do
    run = adapter(**complete(config: config(filters: { 'verdicts' => ['DROPPED'] })))
    expect(run).to reload_service('hubble-adapter, reload')
    expect(run).not_to restart_service(/./)
  end

  it 'restarts for a setting that is not' do
    run = adapter(**complete(config: config(http: { 'listen' => '127.0.0.1:9808' })))
    expect(run).to restart_service('hubble-adapter, restart')
    expect(run).not_to reload_service(/./)
  end

  it 'reloads for a new secret' do
    run = adapter(**complete(secrets: { 'rabbitmq.password' => 'new' }))
    expect(run).to create_file(path('etc/rabbitmq.password')).with(content: 'new')
    expect(run).to reload_service('hubble-adapter, reload')
  end

  it 'takes a secret away that is nil' do
    File.write(path('etc/client.key'), 'old')
    run = adapter(**complete(secrets: { 'rabbitmq.password' => 'old', 'client.key' => nil }))
    expect(run).to delete_file(path('etc/client.key'))
  end

  it 'restarts for a new release, and keeps the one before' do
    run = adapter(**complete(version: '1.1.0'))
    expect(current).to eq('releases/1.1.0')
    expect(run).to restart_service('hubble-adapter, restart')
    expect(run).to create_file(path('systemd/hubble-adapter.service')).with(content: "unit of 1.1.0\n")
    expect(run).not_to delete_directory(path('opt/releases/1.0.0'))
  end

  it 'goes back to a release that is still there without fetching it' do
    add_release('0.9.0')
    run = adapter(**complete(version: '0.9.0', source: '/nowhere.tar.gz'))
    expect(run).not_to create_remote_file(/./)
    expect(current).to eq('releases/0.9.0')
    expect(run).to restart_service('hubble-adapter, restart')
  end

  it 'keeps as many releases as it is told' do
    %w(0.7.0 0.8.0 0.9.0).each_with_index do |version, index|
      add_release(version)
      File.utime(index, index, path('opt/releases', version))
    end
    run = adapter(**complete(keep_releases: 1))
    expect(run).to delete_directory(path('opt/releases/0.7.0')).with(recursive: true)
    expect(run).to delete_directory(path('opt/releases/0.8.0'))
    expect(run).not_to delete_directory(path('opt/releases/0.9.0'))
    expect(run).not_to delete_directory(path('opt/releases/1.0.0'))
  end

  it 'puts what the site wants of systemd into a file beside the unit, and restarts' do
    run = adapter(**complete(environment: { 'VERDICT_WHITELIST' => 'DROPPED "all" 100%' }, service_directives: { 'MemoryMax' => '512M', 'LoadCredential' => ['', 'a:b'] }))
    expect(run).to create_file(path('systemd/hubble-adapter.service.d/site.conf')).with(content: <<~'UNIT')
      # Managed by Chef.
      [Service]
      Environment="VERDICT_WHITELIST=DROPPED \"all\" 100%%"
      LoadCredential=
      LoadCredential=a:b
      MemoryMax=512M
    UNIT
    expect(run).to restart_service('hubble-adapter, restart')
  end

  it 'lets systemd hand secrets over where it is told to, for which a new one needs a restart' do
    run = adapter(**complete(credentials: true, secrets: { 'rabbitmq.password' => 'new' }))
    expect(run).to create_file(path('etc/rabbitmq.password')).with(owner: 'root', group: 'root', mode: '0600')
    expect(run).to create_file(path('systemd/hubble-adapter.service.d/site.conf'))
      .with(content: /^LoadCredential=rabbitmq.password:#{path('etc/rabbitmq.password')}$/)
    expect(run).to restart_service('hubble-adapter, restart')
  end

  it 'takes modules from an index into the release, with the address in the environment' do
    expect_any_instance_of(HubbleAdapter::Release).to receive(:unpack)
      .with(anything, index: { 'PIP_INDEX_URL' => 'https://index.example.org/simple' }) { add_release('2.0.0') }
    run = adapter(**complete(version: '2.0.0', dependencies: 'index', index_url: 'https://index.example.org/simple'))
    expect(run).to install_package(%w(python3 python3-venv))
  end
end

describe 'hubble_adapter with something wrong' do
  include Sandbox
  include Converging

  platform 'debian', '12'
  step_into :hubble_adapter

  context 'in the configuration' do
    let(:problems) { ['hubble.addres: is not a setting; did you mean address?', 'rabbitmq.url: is missing'] }

    before { set_up }

    it 'changes nothing and tells all of it' do
      expect { adapter(**complete(version: '1.1.0', config: { 'hubble' => {} }, secrets: { 'rabbitmq.password' => 'new' })) }
        .to raise_error(/refuses the configuration, and nothing was changed: hubble\.addres: .*; rabbitmq\.url: is missing/)
      expect(current).to eq('releases/1.0.0')
      expect(chef_runner).not_to create_template(/./)
      expect(chef_runner).not_to create_file(path('etc/rabbitmq.password'))
      expect(chef_runner).not_to restart_service(/./)
    end
  end

  it 'asks the new release about a configuration that has not changed' do
    set_up
    expect_any_instance_of(HubbleAdapter::Configuration).to receive(:problems)
      .with(path('opt/releases/1.1.0/bin/hubble-adapter'), user: 'hubble-adapter').and_return([])
    adapter(**complete(version: '1.1.0'))
  end

  {
    'no version' => [{ version: nil }, /version is missing/],
    'no source' => [{ source: nil }, /source is missing/],
    'no checksum' => [{ sha256: nil }, /sha256 is missing/],
    'no settings' => [{ config: {} }, /config is empty/],
    'a checksum that is none' => [{ sha256: 'abc' }, /sha256/],
    'a version that leaves its folder' => [{ version: '../1.0' }, /version/],
    'a password in the URL' => [{ config: { 'rabbitmq' => { 'url' => 'amqp://a:secret@b/hubble' } } }, /rabbitmq\.url holds a password/],
    'a password in one of the URLs' => [{ config: { 'rabbitmq' => { 'urls' => ['amqp://a@b/h', 'amqp://a:s@c/h'] } } }, /rabbitmq\.urls\[1\] holds a password/],
    'a secret whose name leaves its folder' => [{ secrets: { '../shadow' => 'x' } }, /secrets/],
    'a secret in the place of the configuration' => [{ secrets: { 'config.yaml' => 'x' } }, /secrets/],
    'an empty secret' => [{ secrets: { 'rabbitmq.password' => '' } }, /secrets/],
    'an index without use' => [{ index_url: 'https://index.example.org' }, /index_url goes with dependencies "index"/],
    'an unknown origin of modules' => [{ dependencies: 'pypi' }, /dependencies/],
    'a directive of two lines' => [{ service_directives: { 'MemoryMax' => "1G\nExecStartPre=/bin/x" } }, /service_directives/],
    'a variable of two lines' => [{ environment: { 'A' => "b\nUser=root" } }, /environment/],
    'fewer than no releases' => [{ keep_releases: -1 }, /keep_releases/],
  }.each do |what, (changes, message)|
    it "refuses #{what} before it touches anything" do
      expect { adapter(**complete(**changes)) }.to raise_error(message)
      expect(current).to be_nil
    end
  end

  it 'does not show a password that it refuses' do
    expect { adapter(**complete(config: { 'rabbitmq' => { 'url' => 'amqp://a:tells-all@b/hubble' } })) }
      .to raise_error { |error| expect(error.message).not_to include('tells-all') }
  end

  it 'refuses another archive under the name of a version that is there' do
    set_up
    expect { adapter(**complete(sha256: Sandbox::OTHER_SHA256)) }.to raise_error(/made from an archive with another checksum/)
  end
end
